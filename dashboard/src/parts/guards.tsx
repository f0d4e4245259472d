// What the guards think of a release, with the evidence that they judge by.

import type { Figure, Finding, Watch } from "../types";
import { eValue, percent, quantity, reached } from "../words/figures";
import { isBeyond, markOf, progress, remarks, verdictWords } from "../words/verdict";
import { Sign } from "./small";

/** The watch under way: the verdict so far, and each guard's. */
export function WatchNow({ watch }: { watch: Watch }) {
  return (
    <div class="watch">
      <p class="so-far">
        <Sign mark={markOf(watch.verdict)} /> <strong>{verdictWords(watch.verdict, true)}</strong>: {progress(watch)}
      </p>
      <svg class="time" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
        <rect class="ground" width="100" height="4" />
        <rect class="part" width={Math.min(100, (watch.elapsed / Math.max(watch.seconds, 1)) * 100)} height="4" />
      </svg>
      {watch.held && (
        <p class="held">
          <Sign mark="unsure" /> <strong>waits for a person</strong>: {watch.held}
        </p>
      )}
      <Guards findings={watch.guards} soFar />
    </div>
  );
}

export function Guards({ findings, soFar = false }: { findings: Finding[]; soFar?: boolean }) {
  if (!findings.length) return <p class="dim">The file asks for no guards.</p>;
  return (
    <ul class="guards">
      {findings.map((finding, index) => (
        <li key={`${index} ${finding.guard}`} class={markOf(finding.verdict)}>
          <div class="guard">
            <Sign mark={markOf(finding.verdict)} />
            <strong class="name">{finding.guard}</strong>
            <span class="verdict">{verdictWords(finding.verdict, soFar)}</span>
            <Evidence finding={finding} />
          </div>
          {finding.figures.length > 0 && (
            <dl class="figures">
              {finding.figures.map((figure) => (
                <Shown key={figure.name} figure={figure} />
              ))}
            </dl>
          )}
          {remarks(finding).map((said) => (
            <p key={said} class="remark">
              {said}
            </p>
          ))}
        </li>
      ))}
    </ul>
  );
}

function Shown({ figure }: { figure: Figure }) {
  const { name, unit, before, now, limit } = figure;
  return (
    <div class={isBeyond(figure) ? "beyond" : ""}>
      <dt>{name}</dt>
      <dd>
        {before !== null && <>{quantity(before, unit)} → </>}
        <strong>{quantity(now, unit)}</strong>
        {limit !== null && <span class="dim">, limit {quantity(limit, unit)}</span>}
      </dd>
    </div>
  );
}

/** How far the evidence is from the alarm, on a logarithmic scale. */
function Evidence({ finding }: { finding: Finding }) {
  const { evidence, alarm_at: alarm, finds } = finding;
  return (
    <span class="evidence">
      {evidence !== null && alarm !== null && (
        <>
          <svg class="e" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
            <rect class="ground" width="100" height="8" />
            <rect class="part" width={reached(evidence, alarm) * 100} height="8" />
          </svg>
          <span>
            evidence {eValue(evidence)} of {eValue(alarm)}
          </span>
        </>
      )}
      {finds !== null && <span class="dim">would have found ≥ {percent(finds)}</span>}
    </span>
  );
}
