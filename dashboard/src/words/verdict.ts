// What guards find, in words.

import type { Figure, Finding, Watch } from "../types";
import { quantity, span } from "./figures";

const SO_FAR: Record<string, string> = { allow: "healthy so far", block: "regressed" };
const AT_THE_END: Record<string, string> = { allow: "healthy", block: "regressed" };

export type Mark = "good" | "bad" | "unsure" | "plain";

/** A verdict that is not known here counts as cannot tell. */
export function markOf(verdict: string): Mark {
  return verdict === "allow" ? "good" : verdict === "block" ? "bad" : "unsure";
}

/** One of three answers; `soFar`: the watch goes on. */
export function verdictWords(verdict: string, soFar = false): string {
  return (soFar ? SO_FAR : AT_THE_END)[verdict] ?? "cannot tell";
}

/** Such as `errors 0.10 % → 0.12 %, limit 0.21 %`. */
export function figureWords(figure: Figure): string {
  const { name, unit, before, now, limit } = figure;
  const from = before !== null ? `${quantity(before, unit)} → ` : "";
  const tolerated = limit !== null ? `, limit ${quantity(limit, unit)}` : "";
  return `${name} ${from}${quantity(now, unit)}${tolerated}`;
}

/** Whether a figure is on the far side of its limit; which side that is, the figure before tells. */
export function isBeyond({ before, now, limit }: Figure): boolean {
  if (before === null || now === null || limit === null || before === limit) return false;
  return limit > before ? now > limit : now < limit;
}

/** What is to be said of a finding beside its figures. */
export function remarks(finding: Finding): string[] {
  const said: string[] = [];
  if (finding.verdict !== "allow") said.push(finding.reason);
  else if (!finding.figures.length && finding.evidence === null) said.push(finding.reason);
  else if (finding.figures.some(isBeyond)) said.push("beyond the limit now, but not certainly worse");
  if (finding.alerts_only) said.push("it alerts only: without a concurrent control it takes nothing back by itself");
  return said;
}

const times = (count: number) => ({ 1: "once", 2: "twice" })[count] ?? `${count} times`;

/** Such as `watched 42 s of 5 min at 5 % of the users, 3 s missed, extended twice`. */
export function progress(watch: Watch): string {
  let said = `watched ${span(watch.elapsed)} of ${span(watch.seconds)}`;
  if (watch.share < 100) said += ` at ${watch.share} % of the users`;
  if (Math.round(watch.missed)) said += `, ${span(watch.missed)} missed`;
  if (watch.extended) said += `, extended ${times(watch.extended)}`;
  return said;
}
