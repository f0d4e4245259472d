// One application, as it is now.

import { Charts } from "../parts/charts";
import { DeploymentPanel } from "../parts/deployment_panel";
import { Component, EnvironmentCard } from "../parts/environment";
import { Keeping } from "../parts/keeping";
import { Recent } from "../parts/recent";
import { RollbackButton } from "../parts/rollback";
import { Banner, Pulse, Shell } from "../parts/shell";
import { Sign, Tint, Trouble, useNow, useTitle } from "../parts/small";
import { type Live, useApp } from "../io/use_app";
import { COLORS, type Status } from "../types";

export function AppPage({ app }: { app: string }) {
  const live = useApp(app);
  const now = useNow(1000) + live.offset;
  const { status, connection } = live;
  useTitle(status ? `${status.deployment ? `${status.deployment.phase} · ` : ""}${app}` : app);
  return (
    <Shell app={app} page="now">
      <Banner connection={connection} at={live.points.at(-1)?.at ?? null} />
      {live.problem && <Trouble problem={live.problem} />}
      {status ? <Now status={status} live={live} now={now} /> : <h1>{app}</h1>}
    </Shell>
  );
}

function Now({ status, live, now }: { status: Status; live: Live; now: number }) {
  const stale = live.connection.state !== "live";
  const latest = live.points.at(-1);
  return (
    <>
      <div class="lead">
        <div>
          <h1>
            {status.app} <Pulse connection={live.connection} />
          </h1>
          <Served status={status} />
        </div>
        <RollbackButton status={status} offset={live.offset} stale={stale} />
      </div>
      {status.warnings.length > 0 && (
        <ul class="warnings" aria-label="Warnings">
          {status.warnings.map((warning) => (
            <li key={warning}>
              <Sign mark="unsure" /> {warning}
            </li>
          ))}
        </ul>
      )}
      <div class={`envs ${stale ? "stale" : ""}`}>
        {COLORS.map((color) => (
          <EnvironmentCard key={color} color={color} status={status} rates={latest?.environments[color] ?? null} now={now} stale={stale} />
        ))}
      </div>
      <Shared status={status} />
      <DeploymentPanel status={status} live={live} now={now} />
      <Charts points={live.points} marks={live.marks} now={now} stale={stale} />
      <div class="two">
        <Recent status={status} live={live} />
        <Keeping status={status} now={now} />
      </div>
    </>
  );
}

function Served({ status }: { status: Status }) {
  const { live } = status;
  return (
    <p class="served">
      {status.down ? (
        <strong>down: nobody is served</strong>
      ) : live === null ? (
        <strong>not live yet</strong>
      ) : (
        <>
          <strong data-what="live">{status.environments[live].release}</strong> is live in <Tint color={live} />
        </>
      )}
      {status.url && (
        <>
          {" "}
          at{" "}
          <a href={status.url} target="_blank" rel="noreferrer">
            {status.url}
          </a>
        </>
      )}
      <span class="dim">
        , epoch <span data-what="epoch">{status.epoch}</span>
      </span>
    </p>
  );
}

function Shared({ status }: { status: Status }) {
  const found = Object.entries(status.shared);
  if (!found.length) return null;
  return (
    <section class="shared panel" aria-labelledby="shared">
      <h2 id="shared">
        <span aria-hidden="true">◆</span> Shared by both
      </h2>
      <ul class="health">
        {found.map(([name, run]) => (
          <Component key={name} name={`${name} of ${run.release}:`} instances={run.instances} />
        ))}
      </ul>
    </section>
  );
}
