// The deployment under way, or the newest one: its phases, the guards' verdicts and what can be done about it.

import { useEffect, useRef } from "preact/hooks";
import type { Live } from "../io/use_app";
import { entriesOf } from "../io/use_app";
import { toDeployment } from "../route";
import type { Deployment, Status } from "../types";
import { type Timeline, timelineOf } from "../words/timeline";
import { announce } from "./announce";
import { Changed } from "./changed";
import { ChecksNow } from "./checking";
import { WatchNow } from "./guards";
import { LogView } from "./log_view";
import { Phases } from "./phases";
import { ReceiptList } from "./receipt";
import { Ago, CopyLink, Section, Sign } from "./small";
import { Steer } from "./steer";
import { ToldNote } from "./story";

interface Props {
  status: Status;
  live: Live;
  now: number;
}

export function DeploymentPanel({ status, live, now }: Props) {
  const d = status.deployment ?? live.newest;
  useAnnounced(status, live);
  if (!d) {
    return (
      <Section title="Deployment" id="deployment">
        <p class="dim">There has been no deployment yet, or it is being looked up. `bluegreen deploy` begins one.</p>
      </Section>
    );
  }
  const line = timelineOf(entriesOf(live, d.number), status.deployment?.phase);
  const path = toDeployment(status.app, d.number);
  const going = status.deployment !== null;
  return (
    <Section
      title={going ? "Under way" : "Last deployment"}
      id="deployment"
      class={`deployment ${going ? "going" : ""}`}
      aside={<CopyLink path={path} what={`deployment ${d.number}`} />}
    >
      <p class="which">
        <a href={path}>
          Deployment {d.number}: {d.release} → {d.component ?? d.color}
        </a>
        {d.kind !== "deploy" && ` (${d.kind})`} <span class="dim">by {d.actor}, <Ago at={d.at} now={now} /></span>
        {d.steps.length > 1 && (
          <span class="dim">
            , {d.step ? `step ${d.step} of ` : "then "}
            {d.steps.map((step) => `${step} %`).join(" → ")}
          </span>
        )}
      </p>
      {d.message && <p class="message">{d.message}</p>}
      <Changed d={d} />
      <Phases line={line} d={d} now={now} />
      {going ? <Going status={status} d={d} line={line} now={now} /> : <Ended live={live} d={d} line={line} />}
    </Section>
  );
}

function Going({ status, d, line, now }: { status: Status; d: Deployment; line: Timeline; now: number }) {
  const watch = status.watch?.deployment === d.number ? status.watch : null;
  return (
    <>
      {d.phase === "awaiting approval" && (
        <p class="held">
          <Sign mark="unsure" /> <strong>A person is waited for.</strong> Every check has allowed {d.release}.
        </p>
      )}
      <Steer status={status} d={d} />
      <ChecksNow checks={status.checks ?? []} now={now} />
      {watch && <WatchNow watch={watch} />}
      <div class="two">
        <Told line={line} />
        <div>
          <h3>Live log</h3>
          <LogView status={status} short />
        </div>
      </div>
    </>
  );
}

function Ended({ live, d, line }: { live: Live; d: Deployment; line: Timeline }) {
  const full = live.newest;
  return (
    <>
      <p class="result">
        <Sign mark={d.result === "completed" ? "good" : "bad"} /> <strong>{d.result}</strong>
        {d.reason && `: ${d.reason}`}
      </p>
      <div class="two">
        {full && full.number === d.number && <ReceiptList d={d} receipt={full.receipt} judgements={full.judgements} />}
        <Told line={line} />
      </div>
    </>
  );
}

function Told({ line }: { line: Timeline }) {
  const notes = line.stretches.flatMap((stretch) => stretch.notes);
  if (!notes.length) return null;
  return (
    <details class="told" open>
      <summary>What happened ({notes.length})</summary>
      <ul class="notes">
        {notes.map((note, index) => (
          <ToldNote key={index} note={note} />
        ))}
      </ul>
    </details>
  );
}

/** Phases are told politely, a failure and a way back at once. */
function useAnnounced(status: Status, live: Live): void {
  const said = useRef<string | null>(null);
  const d = status.deployment;
  const ended = !d && live.newest?.result ? live.newest : null;
  const now = d ? `Deployment ${d.number}, ${d.release}: ${d.phase}` : ended ? `Deployment ${ended.number} ${ended.result}` : "";
  useEffect(() => {
    if (!now || said.current === now) return;
    const first = said.current === null;
    said.current = now;
    if (first) return;
    const bad = d ? d.phase === "rolling back" : ended?.result !== "completed";
    announce(bad && ended ? `${now}: ${ended.reason}` : now, bad);
  }, [now]);
}
