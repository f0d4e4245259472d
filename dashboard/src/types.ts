// What the API answers: the shapes that the dashboard uses. `null` is *unknown* or *nothing*, never zero.

export type Color = "blue" | "green";
export const COLORS: readonly Color[] = ["blue", "green"];
export type Shares = Partial<Record<Color, number>>;
export type Verdict = "allow" | "block" | "cannot tell";
export type Result = "completed" | "failed" | "aborted" | "rolled back";

export interface Route {
  epoch: number;
  shares: Shares;
}

export interface Instance {
  component: string;
  index: number;
  state: string;
  address: string | null;
  pid: number | null;
  restarts: number;
  exit: string | null;
  since: number | null;
}

export interface Counters {
  requests: number;
  failed: number;
  active: number;
  explicit: number;
}

export interface Environment {
  color: Color;
  state: string;
  release: string | null;
  digest: string | null;
  verified: boolean;
  since: number | null;
  keep_until: number | null;
  share: number;
  traffic: Counters | null;
  instances: Instance[];
}

export interface Deployment {
  number: number;
  release: string;
  kind: "deploy" | "rollback" | "shared";
  phase: string;
  result: Result | null;
  reason: string;
  color: Color;
  component: string | null;
  instant: boolean;
  actor: string;
  message: string;
  at: number;
  phase_since: number;
  ended: number | null;
  step: number;
  steps: number[];
  previous: string | null;
  flags?: FlagChange[];
  /** null: one of the two releases is not kept any more. */
  models?: ModelChange[] | null;
}

/** One model that is different; `from` and `to` are the same where only its content differs. */
export interface ModelChange {
  model: string;
  from: string | null;
  to: string | null;
  in_words: string;
}

/** One flag that is different; `from` and `to` are what it gives, null where it is not there. */
export interface FlagChange {
  flag: string;
  what: "added" | "removed" | "changed";
  from: string | null;
  to: string | null;
  parts: string[];
  in_words: string;
}

export interface Figure {
  name: string;
  unit: string;
  before: number | null;
  now: number | null;
  limit: number | null;
}

export interface Finding {
  guard: string;
  verdict: Verdict;
  reason: string;
  figures: Figure[];
  evidence: number | null;
  alarm_at: number | null;
  finds: number | null;
  alerts_only: boolean;
}

/** A check that has not found anything yet; `done` and `of` null: it cannot tell how far it is. */
export interface CheckUnderWay {
  check: string;
  since: number;
  done: number | null;
  of: number | null;
  said: string;
}

export interface Watch {
  deployment: number;
  step: number;
  share: number;
  seconds: number;
  least: number;
  elapsed: number;
  missed: number;
  extended: number;
  verdict: Verdict;
  reason: string;
  held: string | null;
  guards: Finding[];
}

export interface WayBack {
  release: string;
  instant: boolean;
  about: number | null;
  /** In all; null: it was never measured. */
  seconds: number | null;
  /** Revisions of models that are loaded again first. */
  waits_for: string[];
  probed: { at: number; healthy: boolean; took: number | null } | null;
}

/** Times in seconds since 1970; `until` null: until it is lifted. */
export interface Freeze {
  why: string;
  actor: string;
  since: number;
  start: number;
  until: number | null;
}

/** A revision that a shared component serves, or a file of a release (then `component` is null). */
export interface Model {
  model: string;
  name: string;
  component: string | null;
  state: "loaded" | "loading" | "unloading" | "in the release";
  why: string | null;
  since: number;
  needed_by: string[];
}

export interface Status {
  app: string;
  address: string | null;
  url: string | null;
  preview: { address: string; url: string } | null;
  live: Color | null;
  epoch: number;
  down: boolean;
  route: { requested: Route | null; confirmed: Route | null; observed: Route | null };
  environments: Record<Color, Environment>;
  shared: Record<string, { release: string; digest: string; instances: Instance[] }>;
  deployment: Deployment | null;
  checks?: CheckUnderWay[];
  watch: Watch | null;
  next: { rollback: WayBack | null; takes: string | null };
  lock: { why: string; actor: string; since: number } | null;
  freeze: Freeze | null;
  /** `open` null: not known, and why not. `opens` in words. */
  window: { open: boolean | null; why: string; opens: string };
  overlap: {
    since: number;
    seconds: number;
    cost: number | null;
    per_hour: number | null;
    saved: number | null;
    saved_per_hour: number | null;
  } | null;
  models: Model[];
  /** How answers are sampled for guards that score them; null: no guard does. */
  samples?: { share: number; seen: number; dropped: number; why: string | null } | null;
  warnings: string[];
}

export interface Rates {
  rps: number | null;
  errors: number | null;
  active: number | null;
  p50: number | null;
  p95: number | null;
  p99: number | null;
}

/** `at` in seconds since 1970; rates a second; times in milliseconds. An environment is null when unknown or empty. */
export interface Figures {
  at: number;
  environments: Record<Color, Rates | null>;
}

export interface RouteMark {
  at: number;
  epoch: number;
  kind: string;
  shares: Shares;
  deployment: number | null;
}

export interface Event {
  kind: string;
  deployment?: number | null;
  evidence?: Record<string, unknown>;
  [name: string]: unknown;
}

export interface Entry {
  seq: number;
  app: string;
  at: number;
  actor: string;
  reason: string;
  event: Event;
}

export interface Receipt {
  requests: Partial<Record<Color, number | null>>;
  failed: Partial<Record<Color, number | null>>;
  explicit: Partial<Record<Color, number | null>>;
  switch_seconds: number | null;
  after_confirmed: number | null;
  drain_seconds: number | null;
  streams_cut: number | null;
  overlap_seconds: number | null;
  /** Which flags it changed, in words. */
  flags?: string[];
  overlap_cost?: number | null;
  sharing_saved?: number | null;
  complete: boolean;
}

export interface Check {
  check: string;
  verdict: Verdict;
  reason: string;
  seconds: number;
  evidence: Record<string, unknown>;
}

export interface Judgement {
  step: number;
  share: number;
  verdict: Verdict;
  reason: string;
  at: number;
  elapsed: number;
  missed: number;
  guards: Finding[];
}

export interface DeploymentInFull extends Deployment {
  receipt: Receipt;
  checks: Check[];
  judgements: Judgement[];
  taken_back: { sure: string } | null;
  events: Entry[];
}

export interface Release {
  release: string;
  digest: string;
  artifact: string;
  message: string;
  at: number;
  status: Result | null;
  kept: boolean;
  components: string[];
  color: Color | null;
}

export interface Difference {
  from: string;
  to: string;
  artifact: { same: boolean; files: { added: string[]; removed: string[]; changed: string[] } | null };
  configuration: { path: string; from: unknown; to: unknown }[];
  flags: FlagChange[];
  secrets: "same" | "changed";
  message: { from: string; to: string };
}

export interface Me {
  name: string;
  via: string;
  grants: { role: string; app: string | null }[];
  rights: Record<string, string[]>;
  all: string[];
}

export interface RollbackAnswer {
  deployment: number | null;
  instant: boolean;
  confirmed: boolean;
  release: string | null;
  target: string | null;
  live: Color | null;
  epoch: number;
  notice: string;
  after: number;
}
