// The phases that a deployment went through, from the entries of the history: as the command line tells them.

import type { Entry, Event, Finding } from "../types";
import { duration, span } from "./figures";
import { endpoints, sentence } from "./sentence";
import { evidenceLines, printable } from "./text";
import { type Mark, markOf, verdictWords } from "./verdict";

export interface Note {
  at: number;
  text: string;
  mark: Mark;
  details: string[];
  findings: Finding[];
}

/** One phase, from when to when (seconds since 1970; null: it goes on). */
export interface Stretch {
  phase: string;
  since: number;
  until: number | null;
  notes: Note[];
  good: boolean;
}

export interface Timeline {
  kind: string;
  stretches: Stretch[];
  result: string | null;
  reason: string;
  /** Why it ended like this, and what to do about it. */
  details: string[];
}

const LEADS_TO: Record<string, string> = {
  built: "starting",
  "environment started": "verifying",
  verified: "switching",
  approved: "switching",
  "step allowed": "switching",
  "rollback started": "rolling back",
};
const TOLD = new Set([
  "shared component started",
  "shared component replaced",
  "model loaded",
  "hook finished",
  "route confirmed",
  "route observed",
  "environment stopped",
  "instance crashed",
  "action failed",
  "baseline taken",
  "watch resumed",
  "watch extended",
  "watch held",
]);
const UNSURE = new Set(["watch resumed", "watch extended", "watch held"]);

/** The story of one deployment. `phase`: the one that it is in now, where that is known. */
export function timelineOf(entries: readonly Entry[], phase?: string): Timeline {
  const line: Timeline = { kind: "deploy", stretches: [], result: null, reason: "", details: [] };
  for (const entry of entries) take(line, entry);
  const last = line.stretches.at(-1);
  // That a person is waited for has no event of its own.
  if (phase === "awaiting approval" && last?.phase === "switching") last.phase = phase;
  return line;
}

function take(line: Timeline, entry: Entry): void {
  const { event, at } = entry;
  if (event.kind === "deployment requested") {
    line.kind = String(event.what);
    enter(line, event.instant ? "switching" : "building", at);
  } else if (event.kind === "deployment ended") end(line, entry);
  else if (line.result !== null) afterwards(line, entry);
  else if (line.stretches.length) during(line, entry);
}

function during(line: Timeline, entry: Entry): void {
  const { event, at } = entry;
  const last = line.stretches.at(-1)!;
  const inWatch = last.phase === "watching";
  if (event.kind === "approved" && !inWatch) last.phase = "awaiting approval";
  if (event.kind === "rollback started") last.good = false;
  const note = noteOf(entry, inWatch);
  if (note) last.notes.push(note);
  const phase = nextPhase(line, event, last.phase);
  if (phase) enter(line, phase, at);
}

function nextPhase(line: Timeline, event: Event, now: string): string | undefined {
  if (event.kind === "approved" && now === "watching") return undefined;
  if (event.kind === "route confirmed" && now === "switching") return "watching";
  if (event.kind === "shared component started") return line.kind === "shared" ? "switching" : undefined;
  return LEADS_TO[event.kind];
}

function enter(line: Timeline, phase: string, at: number): void {
  const last = line.stretches.at(-1);
  if (last) last.until = at;
  line.stretches.push({ phase, since: at, until: null, notes: [], good: true });
}

function end(line: Timeline, { event, reason, at }: Entry): void {
  line.result = String(event.result);
  line.reason = printable(reason);
  const found = event.evidence ?? {};
  line.details = ["why", "cure"].flatMap((part) => printable(String(found[part] ?? "")).split("\n")).filter(Boolean);
  const last = line.stretches.at(-1);
  if (!last) return;
  last.until = at;
  last.good = line.result === "completed" || last.phase === "rolling back";
}

const LATER = new Set(["drained", "environment stopping", "environment stopped"]);

/** What became of the environment that users left. */
function afterwards(line: Timeline, entry: Entry): void {
  if (LATER.has(entry.event.kind)) line.stretches.at(-1)?.notes.push(plain(entry, sentence(entry.event)));
}

const plain = ({ at }: Entry, text: string, mark: Mark = "plain", details: string[] = []): Note => ({
  at,
  text,
  mark,
  details,
  findings: [],
});

function noteOf(entry: Entry, inWatch: boolean): Note | null {
  const { event, reason } = entry;
  switch (event.kind) {
    case "approved":
      return plain(entry, `${printable(entry.actor)} lets it go on${inWatch ? ", without a verdict of the guards" : ""}`);
    case "check finished":
      return check(entry);
    case "environment started":
      return plain(entry, endpoints(event), "good");
    case "judged":
      return judged(entry);
    case "standby probed":
      return plain(entry, sentence(event), "plain", evidenceLines(event.evidence ?? {}));
    case "rollback started":
      return plain(entry, `${printable(reason) || sentence(event)} (${printable(entry.actor)})`, "bad");
  }
  if (!TOLD.has(event.kind)) return null;
  if (event.kind === "instance crashed" || event.kind === "action failed" || event.succeeded === false) {
    const text = sentence(event);
    return plain(entry, text, "bad", evidenceLines(event.evidence ?? { why: reason }, text));
  }
  const waits = UNSURE.has(event.kind);
  return plain(entry, sentence(event), waits ? "unsure" : "plain", waits && reason ? [printable(reason)] : []);
}

function check(entry: Entry): Note {
  const { event, reason } = entry;
  const good = event.verdict === "allow";
  const text = `${printable(String(event.check))} (${duration(Number(event.seconds))})`;
  const details = good ? [] : [...printable(reason).split("\n"), ...evidenceLines(event.evidence ?? {}, reason)];
  return plain(entry, text, good ? "good" : "bad", details);
}

function judged(entry: Entry): Note {
  const { event } = entry;
  const missed = Math.round(Number(event.missed)) ? `, ${span(Number(event.missed))} missed` : "";
  const words = verdictWords(String(event.verdict));
  const text = `step ${event.step}, ${event.share} %: ${words}, watched ${span(Number(event.elapsed))}${missed}`;
  return { ...plain(entry, text, markOf(String(event.verdict))), findings: event.findings as Finding[] };
}
