// One environment: what runs there, how it is, and what it gets.

import type { Color, Environment, Instance, Rates, Status } from "../types";
import { age, duration, grouped, millis, rate, UNKNOWN } from "../words/figures";
import { printable } from "../words/text";
import { Tint } from "./small";

interface Props {
  color: Color;
  status: Status;
  rates: Rates | null;
  now: number;
  stale: boolean;
}

export function EnvironmentCard({ color, status, rates, now, stale }: Props) {
  const env = status.environments[color];
  const live = status.live === color;
  const empty = env.state === "empty";
  return (
    <section class={`env ${color} ${live ? "live" : ""} ${empty ? "empty" : ""}`} aria-labelledby={`env-${color}`} data-color={color}>
      <div class="head">
        <h2 id={`env-${color}`}>
          <Tint color={color} />
        </h2>
        <span class={`state ${env.state}`}>{live ? "LIVE" : env.state}</span>
      </div>
      {empty ? (
        <p class="dim">Nothing runs here. The next deployment fills it.</p>
      ) : (
        <>
          <p class="release">
            <strong data-what="release">{env.release ?? UNKNOWN}</strong>
            {env.since && (
              <span class="dim">
                {" "}
                for {age(now - env.since)}
              </span>
            )}
          </p>
          <Share color={color} share={env.share} />
          <Health env={env} />
          <Gets rates={rates} env={env} stale={stale} />
          <Keeping env={env} now={now} live={live} />
        </>
      )}
    </section>
  );
}

function Share({ color, share }: { color: Color; share: number }) {
  return (
    <div class="share">
      <svg class={`bar ${color}`} viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
        <rect class="ground" width="100" height="8" />
        <rect class="part" width={share} height="8" />
      </svg>
      <span>
        <strong data-what="share">{share} %</strong> of the users
      </span>
    </div>
  );
}

/** Such as `web 2/2 ready`; what is not well says what it is. */
function Health({ env }: { env: Environment }) {
  const components = [...new Set(env.instances.map((instance) => instance.component))];
  if (!components.length) return <p class="health unsure">? no instance is seen</p>;
  return (
    <ul class="health" aria-label="Instances">
      {components.map((name) => (
        <Component key={name} name={name} instances={env.instances.filter((each) => each.component === name)} />
      ))}
      {!env.verified && <li class="unsure">? not verified</li>}
    </ul>
  );
}

export function Component({ name, instances }: { name: string; instances: Instance[] }) {
  const ready = instances.filter((each) => each.state === "ready").length;
  const well = ready === instances.length;
  const others = instances.filter((each) => each.state !== "ready");
  const restarts = instances.reduce((sum, each) => sum + each.restarts, 0);
  return (
    <li class={well ? "good" : others.some((each) => each.state === "crashed") ? "bad" : "unsure"}>
      <span aria-hidden="true">{well ? "✓" : "!"}</span> {name} {ready}/{instances.length} ready
      {others.map((each) => (
        <span key={each.index}>
          {" "}
          · {name}.{each.index} {each.state}
          {each.exit && ` (${printable(each.exit)})`}
        </span>
      ))}
      {restarts > 0 && <span> · {restarts} restarts</span>}
    </li>
  );
}

function Gets({ rates, env, stale }: { rates: Rates | null; env: Environment; stale: boolean }) {
  const shown: [string, number | null | undefined, (value: number) => string, string][] = [
    ["requests", rates?.rps, rate, "/s"],
    ["errors", rates?.errors, rate, "/s"],
    ["p50", rates?.p50, millis, "ms"],
    ["p95", rates?.p95, millis, "ms"],
    ["p99", rates?.p99, millis, "ms"],
    ["under way", rates?.active ?? env.traffic?.active, grouped, ""],
  ];
  return (
    <dl class={`gets ${stale ? "stale" : ""}`}>
      {shown.map(([name, value, words, unit]) => (
        <div key={name} class={name === "errors" && value ? "bad" : ""}>
          <dt>{name}</dt>
          <dd data-what={name}>{value === null || value === undefined ? <Unknown rates={rates} name={name} /> : <>{words(value)} <small>{unit}</small></>}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A time is missing when nothing was answered; everything else that is missing is unknown. */
function Unknown({ rates, name }: { rates: Rates | null; name: string }) {
  const quiet = rates !== null && name.startsWith("p") && rates.rps === 0;
  return <span class="dim">{quiet ? "none" : UNKNOWN}</span>;
}

function Keeping({ env, now, live }: { env: Environment; now: number; live: boolean }) {
  const left = env.keep_until === null ? null : env.keep_until - now;
  const counted = env.traffic
    ? `${grouped(env.traffic.requests)} requests, ${grouped(env.traffic.failed)} failed so far`
    : "traffic unknown";
  return (
    <p class="dim keeping">
      {counted}
      {!live && left !== null && (left > 0 ? `, warm for ${duration(left)} more` : ", its time has passed")}
    </p>
  );
}
