// One deployment in full: its phases, checks, judgements, receipt and every event.

import { entriesOf, type Live, useApp } from "../io/use_app";
import * as api from "../io/api";
import { useAsked } from "../io/use_page";
import { Changed } from "../parts/changed";
import { ChecksNow } from "../parts/checking";
import { WatchNow } from "../parts/guards";
import { Phases } from "../parts/phases";
import { ReceiptList } from "../parts/receipt";
import { resultMark } from "../parts/recent";
import { Banner, Pulse, Shell } from "../parts/shell";
import { CopyLink, Moment, Section, Sign, Trouble, useNow, useTitle } from "../parts/small";
import { Steer } from "../parts/steer";
import { Story } from "../parts/story";
import { toApp, toDeployment, toDiff } from "../route";
import type { DeploymentInFull, Entry } from "../types";
import { clock, duration } from "../words/figures";
import { sentence } from "../words/sentence";
import { evidenceLines, printable } from "../words/text";
import { timelineOf } from "../words/timeline";
import { markOf } from "../words/verdict";

export function DeploymentPage({ app, number }: { app: string; number: number }) {
  const live = useApp(app);
  const going = live.status?.deployment?.number === number;
  const ended = live.newest?.number === number && live.newest.result;
  const { found, problem } = useAsked(() => api.deployment(app, number), [app, number, ended]);
  useTitle(`Deployment ${number} of ${app}`);
  return (
    <Shell app={app} page="history">
      {going && <Banner connection={live.connection} at={live.points.at(-1)?.at ?? null} />}
      {problem && <Trouble problem={problem} />}
      {found ? <Full app={app} found={found} live={live} going={going} /> : <h1>Deployment {number}</h1>}
    </Shell>
  );
}

interface Props {
  app: string;
  found: DeploymentInFull;
  live: Live;
  going: boolean;
}

function Full({ app, found, live, going }: Props) {
  const now = useNow(1000) + live.offset;
  const d = going ? live.status!.deployment! : found;
  const known = new Set(found.events.map((entry) => entry.seq));
  const since = going ? entriesOf(live, d.number).filter((entry) => !known.has(entry.seq)) : [];
  const entries = [...found.events, ...since];
  const line = timelineOf(entries, going ? d.phase : undefined);
  const watch = going ? live.status?.watch : null;
  return (
    <>
      <div class="head">
        <h1>
          Deployment {d.number}: {d.release} → {d.component ?? d.color}
        </h1>
        {going && <Pulse connection={live.connection} />}
        <CopyLink path={toDeployment(app, d.number)} what={`deployment ${d.number}`} />
      </div>
      <p>
        <Sign mark={resultMark(d)} /> <strong>{d.result ?? d.phase}</strong>
        <span class="dim">
          {d.kind !== "deploy" && `, ${d.kind}`}, by {d.actor}, <Moment at={d.at} />
          {d.ended !== null && `, took ${duration(d.ended - d.at)}`}
        </span>
        {d.previous && d.previous !== d.release && (
          <>
            {" · "}
            <a href={toDiff(app, d.previous, d.release)}>
              What changed since {d.previous}
            </a>
          </>
        )}
        {going && (
          <>
            {" · "}
            <a href={toApp(app)}>Charts and the way back</a>
          </>
        )}
      </p>
      {d.message && <p class="message">{d.message}</p>}
      <Changed d={d} />
      {d.reason && <p class="reason">{printable(d.reason)}</p>}
      {line.details.length > 0 && <pre class="panel" tabIndex={0}>{line.details.join("\n")}</pre>}
      <Section title="Phases" id="phases">
        <Phases line={line} d={d} now={now} />
        {going && <Steer status={live.status!} d={d} />}
        {going && <ChecksNow checks={live.status!.checks ?? []} now={now} />}
        {watch?.deployment === d.number && <WatchNow watch={watch} />}
        <Story line={line} />
      </Section>
      {found.result && (
        <Section title="Receipt" id="receipt">
          <ReceiptList d={found} receipt={found.receipt} judgements={found.judgements} />
        </Section>
      )}
      <Checks found={found} />
      <Events entries={entries} />
    </>
  );
}

function Checks({ found }: { found: DeploymentInFull }) {
  if (!found.checks.length) return null;
  return (
    <Section title="Checks" id="checks">
      <ul class="notes">
        {found.checks.map((check, index) => {
          const lines = evidenceLines(check.evidence, check.reason);
          return (
            <li key={index}>
              <Sign mark={markOf(check.verdict)} /> {check.check} <span class="dim">({duration(check.seconds)})</span> {printable(check.reason)}
              {lines.length > 0 && (
                <details>
                  <summary>
                    Evidence<span class="unseen"> of {check.check}</span>
                  </summary>
                  <pre tabIndex={0}>{lines.join("\n")}</pre>
                </details>
              )}
            </li>
          );
        })}
      </ul>
    </Section>
  );
}

function Events({ entries }: { entries: Entry[] }) {
  return (
    <Section title="Events" id="events">
      <details>
        <summary>All {entries.length} events, as they stand in the journal</summary>
        <div class="wide" tabIndex={0} role="group" aria-label="Every event">
          <table>
            <thead>
              <tr>
                <th scope="col">#</th>
                <th scope="col">time</th>
                <th scope="col">event</th>
                <th scope="col">by</th>
                <th scope="col">why</th>
              </tr>
            </thead>
            <tbody>
              {entries.map((entry) => (
                <tr key={entry.seq}>
                  <td>{entry.seq}</td>
                  <td>{clock(entry.at)}</td>
                  <td>{sentence(entry.event)}</td>
                  <td>{entry.actor}</td>
                  <td>{printable(entry.reason)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </Section>
  );
}
