// The deployment under way, or the newest one: its phases, the guards' verdicts and what can be done about it.

import { useEffect, useRef } from "preact/hooks";
import type { Live } from "../io/use_app";
import { entriesOf } from "../io/use_app";
import { toDeployment } from "../route";
import type { Deployment, Status } from "../types";
import { timelineOf } from "../words/timeline";
import { announce } from "./announce";
import { WatchNow } from "./guards";
import { Phases } from "./phases";
import { ReceiptList } from "./receipt";
import { Ago, CopyLink, Section, Sign } from "./small";
import { Steer } from "./steer";
import { Told } from "./story";

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
            , step {d.step} of {d.steps.map((step) => `${step} %`).join(" → ")}
          </span>
        )}
      </p>
      {d.message && <p class="message">{d.message}</p>}
      <Phases line={line} d={d} now={now} />
      {going ? <Going status={status} d={d} /> : <Ended live={live} d={d} />}
      <Newest line={line} going={going} />
    </Section>
  );
}

function Going({ status, d }: { status: Status; d: Deployment }) {
  return (
    <>
      {d.phase === "awaiting approval" && (
        <p class="held">
          <Sign mark="unsure" /> <strong>A person is waited for.</strong> Every check has allowed {d.release}.
        </p>
      )}
      <Steer status={status} d={d} />
      {status.watch && status.watch.deployment === d.number && <WatchNow watch={status.watch} />}
    </>
  );
}

function Ended({ live, d }: { live: Live; d: Deployment }) {
  const full = live.newest;
  return (
    <>
      <p class="result">
        <Sign mark={d.result === "completed" ? "good" : "bad"} /> <strong>{d.result}</strong>
        {d.reason && `: ${d.reason}`}
      </p>
      {full && full.number === d.number && <ReceiptList d={d} receipt={full.receipt} judgements={full.judgements} />}
    </>
  );
}

/** What has been told of the phase that it is in. */
function Newest({ line, going }: { line: ReturnType<typeof timelineOf>; going: boolean }) {
  const notes = line.stretches.flatMap((stretch) => stretch.notes.map((note) => ({ ...note, phase: stretch.phase })));
  if (!notes.length) return null;
  return (
    <details class="told" open={going}>
      <summary>What happened ({notes.length})</summary>
      <ul class="notes">
        {notes.map((note, index) => (
          <Told key={index} note={note} />
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
