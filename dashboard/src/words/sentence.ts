// Every event of the history as a sentence: the same ones that the command line writes.

import type { Event, Shares } from "../types";
import { duration, grouped, moment, percent, span } from "./figures";
import { printable } from "./text";
import { verdictWords } from "./verdict";

/** Such as `green 5 %, blue 95 %`; nobody is served: `nobody`. */
export function shares(byColor: Shares): string {
  const taking = Object.entries(byColor).filter(([, share]) => share);
  return taking.map(([color, share]) => `${color} ${share} %`).join(", ") || "nobody";
}

/** How many instances of which component are ready. */
export function endpoints(event: Event): string {
  return Object.entries(event.endpoints as Record<string, string[]>)
    .map(([name, places]) => `${places.length} × ${name}`)
    .join(", ");
}

function requested(e: Event): string {
  if (e.what === "shared") {
    return `deployment ${e.deployment}: replace the shared component ${e.component} by that of r${e.release}`;
  }
  if (e.what === "rollback") {
    const how = e.instant ? ", which is warm there" : ", through the idle environment";
    return `deployment ${e.deployment}: back to r${e.release} in ${e.color}${how}`;
  }
  return `deployment ${e.deployment}: r${e.release} goes to ${e.color}${inSpite(e)}`;
}

function crashed(e: Event): string {
  const ended = e.exit ? ` (${e.exit})` : "";
  const again = e.restarts ? `, started again ${e.restarts} times so far` : "";
  return `${e.component}.${e.index} in ${e.place} ended by itself${ended}${again}`;
}

function stopped(e: Event): string {
  const killed = e.killed ? `, ${e.killed} instances had to be killed` : "";
  const cut = e.cut ? `, ${e.cut} requests or streams cut` : "";
  return `${e.color} is empty${cut}${killed}`;
}

function baseline(e: Event): string {
  const found = e.baseline as { requests: number; errors: number; seconds: number };
  if (!found.requests) return "there is no traffic before the switch to compare with";
  const share = percent(found.errors / found.requests);
  return `before the switch: ${grouped(found.requests)} requests in ${span(found.seconds)}, ${share} of them failed`;
}

interface Tick {
  span: number;
  new: { answered: number; errors: number } | null;
}

function watched(e: Event): string {
  const ticks = e.ticks as Tick[];
  const seen = ticks.flatMap((tick) => (tick.new ? [tick.new] : []));
  const answered = seen.reduce((sum, counted) => sum + counted.answered, 0);
  const errors = seen.reduce((sum, counted) => sum + counted.errors, 0);
  const missing = ticks.length - seen.length;
  const but = missing ? `, evidence of ${missing} of ${ticks.length} seconds is missing` : "";
  const seconds = span(ticks.reduce((sum, tick) => sum + tick.span, 0));
  return `step ${e.step} watched for ${seconds}: ${grouped(answered)} requests, ${grouped(errors)} failed${but}`;
}

function probed(e: Event): string {
  const said: Record<string, string> = { allow: "it does not fail", block: "it fails as well: a shared cause" };
  return `the old environment was probed: ${said[e.verdict as string] ?? "cannot tell whether it fails"}`;
}

function frozen(e: Event): string {
  const until = e.until ? `until ${moment(Number(e.until))}` : "until that is lifted";
  return `frozen from ${moment(Number(e.start))} ${until}: ${e.why}`;
}

const inSpite = (e: Event) => (e.override ? `, in spite of a freeze: ${e.override}` : "");
const bare = (component: unknown) => String(component).replace(/[+~]+$/, "");
const seconds = (value: unknown) => duration(Number(value));

const SENTENCES: Record<string, (e: Event) => string> = {
  "release created": (e) => `r${(e.release as { number: number }).number} created`,
  "release removed": (e) => `r${e.release} is no longer kept`,
  "deployment requested": requested,
  built: () => "the artifact is in place",
  "shared component started": (e) => `shared ${e.component} of r${e.release} is ready`,
  "shared component replaced": (e) => `both environments use the new ${e.component}`,
  "shared component stopped": (e) => `a copy of shared ${bare(e.component)} stopped`,
  "shared component moved": (e) => `shared ${bare(e.component)} came back at other ports`,
  "model loading": (e) =>
    `${(e.model as { served_name: string }).served_name} is to be loaded into ${e.component}`,
  "model loaded": (e) => `${e.component} answers for ${e.served_name} (after ${seconds(e.seconds)})`,
  "models lost": (e) => `${e.component} has lost its models: they are loaded again`,
  "model unloading": (e) => `${e.served_name} is to be unloaded from ${e.component}`,
  "model unloaded": (e) => `${e.served_name} is unloaded from ${e.component}`,
  "environment starting": (e) => `r${e.release} starts in ${e.color}`,
  "environment started": (e) => `${e.color} is ready: ${endpoints(e)}`,
  "environment moved": (e) => `${e.color} came back at other ports: ${endpoints(e)}`,
  "check finished": (e) => `${e.check}: ${e.verdict} (${seconds(e.seconds)})`,
  verified: (e) => `every check allows ${e.color} (${String(e.digest).slice(0, 12)})`,
  approved: (e) => `approved${inSpite(e)}`,
  "hook finished": (e) => `hook ${e.hook} ${e.succeeded ? "done" : "failed"}`,
  "route requested": (e) => `route asked for: ${shares(e.shares as Shares)} (epoch ${e.epoch})`,
  "route confirmed": (e) => `${shares(e.shares as Shares)}, confirmed in ${seconds(e.took)} (epoch ${e.epoch})`,
  "route observed": (e) =>
    `the proxy was found with another route: ${shares(e.shares as Shares)} (epoch ${e.epoch})`,
  "step allowed": (e) => `step ${e.step} of the shift is over`,
  "rollback started": () => "the route goes back",
  "deployment ended": (e) => `deployment ${e.deployment} ${e.result}`,
  drained: (e) => `${e.color} drained in ${seconds(e.seconds)}`,
  "environment stopping": (e) => `${e.color} is being stopped`,
  "environment stopped": stopped,
  "live components moved": (e) => `live components run in ${e.color}`,
  "live components unknown": () => "where the live components run is made sure of again",
  "instance crashed": crashed,
  "action failed": (e) => `${e.action} did not work and is tried again`,
  locked: (e) => `locked: ${e.why}`,
  unlocked: () => "unlocked",
  frozen,
  unfrozen: () => "no longer frozen",
  "down requested": () => "going down",
  "went down": () => "down: nothing of it runs, its address is closed",
  "baseline taken": baseline,
  watched,
  "watch resumed": (e) =>
    `the watch goes on after ${seconds(e.missed)} without a controller, which it missed`,
  "watch extended": (e) => `cannot tell yet: the watch of step ${e.step} is extended by its own length`,
  "standby probed": probed,
  judged: (e) => `step ${e.step} judged: ${verdictWords(String(e.verdict))}`,
  "watch held": (e) => `the watch of step ${e.step} waits for a person`,
};

/** One event in words; one of a newer controller by its kind. */
export function sentence(event: Event): string {
  try {
    return printable(SENTENCES[event.kind]?.(event) ?? event.kind);
  } catch {
    return printable(event.kind);
  }
}
