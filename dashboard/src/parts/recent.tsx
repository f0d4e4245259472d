// The newest deployments, on the page of their application.

import { useEffect, useState } from "preact/hooks";
import * as api from "../io/api";
import type { Live } from "../io/use_app";
import { toDeployment, toHistory } from "../route";
import type { Deployment, Status } from "../types";
import { duration, moment } from "../words/figures";
import { Section, Sign } from "./small";

export function Recent({ status, live }: { status: Status; live: Live }) {
  const [found, setFound] = useState<Deployment[]>([]);
  const changed = `${status.deployment?.number} ${status.deployment?.phase} ${live.newest?.number} ${live.newest?.result}`;
  useEffect(() => {
    api.deployments(status.app, 6).then((page) => setFound(page.deployments), () => undefined);
  }, [status.app, changed]);
  return (
    <Section title="Recent" id="recent" aside={<a href={toHistory(status.app)}>All of them</a>}>
      <ul class="recent">
        {found.map((d) => (
          <li key={d.number}>
            <Sign mark={resultMark(d)} />{" "}
            <a href={toDeployment(status.app, d.number)}>
              {d.number}: {d.release}
            </a>
            {d.kind !== "deploy" && ` (${d.kind})`} {d.result ?? d.phase}
            <span class="dim">
              {" "}
              {moment(d.at)}
              {d.ended && `, ${duration(d.ended - d.at)}`} by {d.actor}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

export function resultMark(d: Deployment) {
  if (d.result === null) return "plain";
  if (d.result !== "completed") return "bad";
  return d.reason.startsWith("completed, ") ? "unsure" : "good";
}
