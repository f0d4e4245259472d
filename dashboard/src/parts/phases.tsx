// A deployment as a line of phases.

import type { Deployment } from "../types";
import { duration, span } from "../words/figures";
import type { Stretch, Timeline } from "../words/timeline";

const PLANS: Record<string, string[]> = {
  deploy: ["building", "starting", "verifying", "switching", "watching"],
  rollback: ["building", "starting", "verifying", "switching"],
  shared: ["building", "switching"],
};

interface Stop {
  phase: string;
  state: "done" | "now" | "bad" | "todo";
  took: number | null;
  says: string;
}

/** Where it is, where it has been and what is still to come. `now`: the controller's time. */
export function stopsOf(line: Timeline, d: Deployment, now: number): Stop[] {
  const been = [...new Set(line.stretches.map((stretch) => stretch.phase))];
  const ended = line.result ?? d.result;
  const current = ended ? null : d.phase === "ended" ? null : (line.stretches.at(-1)?.phase ?? d.phase);
  const stops = been.map((phase) => stop(phase, line.stretches.filter((each) => each.phase === phase), phase === current, now));
  if (ended || current === "rolling back") return stops;
  const plan = d.instant ? ["switching"] : (PLANS[d.kind] ?? []);
  const rest = plan.slice(Math.max(...plan.map((phase, index) => (been.includes(phase) ? index + 1 : 0)), 0));
  return [...stops, ...rest.map((phase): Stop => ({ phase, state: "todo", took: null, says: "to come" }))];
}

function stop(phase: string, stretches: Stretch[], current: boolean, now: number): Stop {
  const took = stretches.reduce((sum, each) => sum + ((each.until ?? now) - each.since), 0);
  const good = stretches.every((each) => each.good);
  return { phase, took, state: current ? "now" : good ? "done" : "bad", says: current ? "under way" : good ? "done" : "not done" };
}

const SIGNS = { done: "✓", now: "●", bad: "✗", todo: "○" };

export function Phases({ line, d, now }: { line: Timeline; d: Deployment; now: number }) {
  const stops = stopsOf(line, d, now);
  return (
    <ol class="phases" aria-label="Phases">
      {stops.map((each) => (
        <li key={each.phase} class={each.state} aria-current={each.state === "now" ? "step" : undefined}>
          <span class="dot" aria-hidden="true">
            {SIGNS[each.state]}
          </span>
          <span class="name">{each.phase}</span>
          <span class="took">
            <span class="unseen">{each.says}, </span>
            {each.took === null ? "" : each.state === "now" ? span(Math.max(0, each.took)) : duration(Math.max(0, each.took))}
          </span>
        </li>
      ))}
    </ol>
  );
}
