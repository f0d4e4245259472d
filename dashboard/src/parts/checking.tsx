// The checks under way, and how far they are.

import type { CheckUnderWay } from "../types";
import { span } from "../words/figures";
import { printable } from "../words/text";

export function ChecksNow({ checks, now }: { checks: CheckUnderWay[]; now: number }) {
  if (!checks.length) return null;
  return (
    <ul class="checking" aria-label="Checks under way">
      {checks.map((check, index) => (
        <li key={`${index} ${check.check}`}>
          <strong class="name">{printable(check.check)}</strong> <span class="dim">{span(Math.max(0, now - check.since))}</span>{" "}
          <span class="said">{printable(check.said)}</span>
          {check.done !== null && check.of !== null && (
            <svg class="time" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
              <rect class="ground" width="100" height="4" />
              <rect class="part" width={Math.min(100, (check.done / Math.max(check.of, 1)) * 100)} height="4" />
            </svg>
          )}
        </li>
      ))}
    </ul>
  );
}
