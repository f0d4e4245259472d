// Which flags and models a deployment changes, beside its code.

import type { Deployment } from "../types";
import { printable } from "../words/text";

export function Changed({ d }: { d: Deployment }) {
  const shown: [string, string[]][] = [
    ["models", (d.models ?? []).map((change) => change.in_words)],
    ["flags", (d.flags ?? []).map((change) => change.in_words)],
  ];
  const some = shown.filter(([, changes]) => changes.length > 0);
  if (!some.length) return null;
  return (
    <dl class="changed">
      {some.map(([what, changes]) => (
        <div key={what}>
          <dt>{what}</dt>
          <dd>
            {changes.map((change) => (
              <span key={change}>{printable(change)}</span>
            ))}
          </dd>
        </div>
      ))}
    </dl>
  );
}
