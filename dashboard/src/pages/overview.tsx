// All applications that somebody may see.

import { useEffect, useState } from "preact/hooks";
import * as api from "../io/api";
import { asProblem } from "../io/http";
import type { Connection } from "../io/live";
import { Banner, Pulse, Shell } from "../parts/shell";
import { Sign, Tint, useTitle } from "../parts/small";
import { toApp } from "../route";
import { COLORS, type Status } from "../types";
import { plural } from "../words/figures";
import type { Mark } from "../words/verdict";

const EVERY = 2000;
/** Milliseconds. */

export function Overview() {
  const [apps, setApps] = useState<Status[] | null>(null);
  const [at, setAt] = useState<number | null>(null);
  const [connection, setConnection] = useState<Connection>({ state: "connecting", since: null, problem: null });
  useTitle("Applications");
  useEffect(() => {
    let gone = false;
    let timer = 0;
    const look = async () => {
      if (!document.hidden) {
        try {
          const found = await api.apps();
          if (gone) return;
          setApps(found.apps);
          setAt(Date.now() / 1000);
          setConnection({ state: "live", since: null, problem: null });
        } catch (error) {
          if (gone) return;
          const problem = asProblem(error);
          setConnection((before) => ({ state: "broken", since: before.since ?? Date.now() / 1000, problem }));
        }
      }
      timer = window.setTimeout(look, EVERY);
    };
    const seen = () => {
      if (document.hidden) return;
      clearTimeout(timer);
      void look();
    };
    void look();
    document.addEventListener("visibilitychange", seen);
    return () => {
      gone = true;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", seen);
    };
  }, []);
  return (
    <Shell>
      <Banner connection={connection} at={at} />
      <h1>
        Applications <Pulse connection={connection} />
      </h1>
      {apps?.length === 0 && (
        <p>
          There is none yet, or none that you may see. <code>bluegreen deploy</code> brings one live.
        </p>
      )}
      <ul class={`apps ${connection.state === "broken" ? "stale" : ""}`}>
        {apps?.map((status) => <App key={status.app} status={status} />)}
      </ul>
    </Shell>
  );
}

function App({ status }: { status: Status }) {
  const { live, deployment: d } = status;
  const [mark, health] = healthOf(status);
  return (
    <li class="panel">
      <h2>
        <a href={toApp(status.app)}>{status.app}</a>
      </h2>
      <p>
        {status.down ? "down" : live === null ? "not live yet" : <Tint color={live} text={`${status.environments[live].release} in ${live}`} />}
      </p>
      <p class={mark}>
        <Sign mark={mark} /> {health}
      </p>
      <p>{d ? <strong>deployment {d.number}, {d.release}: {d.phase}</strong> : <span class="dim">nothing under way</span>}</p>
      <p class="dim">{notes(status)}</p>
      {status.warnings.length > 0 && (
        <ul class="warnings">
          {status.warnings.map((warning) => (
            <li key={warning}>
              <Sign mark="unsure" /> {warning}
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}

function notes(status: Status): string {
  const shares = COLORS.filter((color) => status.environments[color].share).map((color) => `${color} ${status.environments[color].share} %`);
  const said = [
    shares.length > 1 ? shares.join(", ") : "",
    status.lock ? "locked" : "",
    status.freeze ? "frozen" : "",
    status.next.rollback ? `way back: ${status.next.rollback.release}${status.next.rollback.instant ? ", warm" : ""}` : "",
  ];
  return said.filter(Boolean).join(" · ");
}

/** Whether every instance that serves users is ready. */
function healthOf(status: Status): [Mark, string] {
  if (status.down || status.live === null) return ["plain", "nobody is served"];
  const serving = COLORS.filter((color) => status.environments[color].share > 0).flatMap((color) => status.environments[color].instances);
  const all = [...serving, ...Object.values(status.shared).flatMap((run) => run.instances)];
  if (!serving.length) return ["unsure", "unknown: no instance is seen"];
  const ready = all.filter((each) => each.state === "ready").length;
  if (ready === all.length) return ["good", `${plural(ready, "instance")} ready`];
  return ["bad", `${ready} of ${plural(all.length, "instance")} ready`];
}
