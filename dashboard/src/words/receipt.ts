// The receipt of a deployment in words. Not known yet, or never: it says so.

import type { Color, Deployment, DeploymentInFull, Judgement, Receipt } from "../types";
import { duration, grouped, span, UNKNOWN } from "./figures";
import { printable } from "./text";
import { verdictWords } from "./verdict";

type Counts = Partial<Record<Color, number | null>>;

function byColor(counts: Counts): string {
  const shown = Object.entries(counts).map(([color, count]) => `${color} ${count === null ? UNKNOWN : grouped(count)}`);
  return shown.join(", ") || UNKNOWN;
}

/** Which models and flags it changed, how sure it is that this was for the worse, and each figure of an ended deployment. */
export function receiptLines(d: Deployment, receipt: Receipt, judgements?: readonly Judgement[]): [string, string][] {
  return [...modelLines(d), ...flagLines(d, receipt), ...figureLines(d, receipt, judgements)];
}

function modelLines(d: Deployment): [string, string][] {
  return (d.models ?? []).map((change, n): [string, string] => [n === 0 ? "models" : "", printable(change.in_words)]);
}

function flagLines(d: Deployment, receipt: Receipt): [string, string][] {
  const changed = (receipt.flags ?? []).map((said, n): [string, string] => [n === 0 ? "flags" : "", printable(said)]);
  const sure = (d as DeploymentInFull).taken_back?.sure;
  return changed.length && sure ? [...changed, ["how sure", sure]] : changed;
}

function figureLines(d: Deployment, receipt: Receipt, judgements?: readonly Judgement[]): [string, string][] {
  const counts: [string, string][] = [
    ["requests", byColor(receipt.requests)],
    ["failed", byColor(receipt.failed)],
  ];
  if (receipt.switch_seconds === null) {
    return Object.values(receipt.requests).some((count) => count !== null) ? counts : [];
  }
  if (Object.values(receipt.explicit ?? {}).some(Boolean)) {
    counts.push(["by name", `${byColor(receipt.explicit)} (requests that named a release themselves)`]);
  }
  const verdict = verdictLine(d, judgements);
  const lines: [string, string][] = [...counts, ["switch", switched(d, receipt)]];
  if (verdict) lines.push(["verdict", verdict]);
  if (!d.previous) return lines;
  const later = receipt.complete ? UNKNOWN : "not known before the old environment is stopped";
  const cut = receipt.streams_cut === null ? later : grouped(receipt.streams_cut);
  const drain = receipt.drain_seconds === null ? (receipt.complete ? UNKNOWN : "goes on") : duration(receipt.drain_seconds);
  const overlap = overlapped(receipt, later);
  return [...lines, ["drain", drain], ["overlap", overlap], ["streams cut", cut]];
}

function overlapped(receipt: Receipt, later: string): string {
  const parts = [receipt.overlap_seconds === null ? later : duration(receipt.overlap_seconds)];
  if (typeof receipt.overlap_cost === "number") parts.push(`cost ${receipt.overlap_cost.toFixed(2)}`);
  if (receipt.sharing_saved) parts.push(`sharing saved ${receipt.sharing_saved.toFixed(2)}`);
  return parts.join(", ");
}

function verdictLine(d: Deployment, judgements?: readonly Judgement[]): string | null {
  if (judgements === undefined || d.kind !== "deploy") return null;
  const last = judgements.at(-1);
  if (!last) return d.previous ? "none: the release was not judged" : null;
  const because = last.verdict === "allow" ? "" : `: ${last.reason}`;
  const missed = Math.round(last.missed) ? `, ${span(last.missed)} missed` : "";
  return `${verdictWords(last.verdict)}, watched ${span(last.elapsed)}${missed}${because}`;
}

function switched(d: Deployment, receipt: Receipt): string {
  const back = d.result === "rolled back";
  const took = `${duration(receipt.switch_seconds!)} from the decision to the confirmed route${back ? " back" : ""}`;
  const left = back ? d.release : "the old environment";
  return receipt.after_confirmed === null ? took : `${took}, then ${grouped(receipt.after_confirmed)} requests to ${left}`;
}
