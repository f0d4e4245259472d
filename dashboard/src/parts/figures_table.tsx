// The charts' figures as a table, for those who do not see charts, or want to copy numbers.

import { useState } from "preact/hooks";
import type { Color, Figures, Rates, RouteMark } from "../types";
import { COLORS } from "../types";
import { clock, millis, rate } from "../words/figures";
import { shares } from "../words/sentence";

const STEP = 15;
/** Seconds that a row stands for. */
const WHAT: [keyof Rates, string, (value: number) => string][] = [
  ["rps", "requests/s", rate],
  ["errors", "errors/s", rate],
  ["p50", "p50 ms", millis],
  ["p95", "p95 ms", millis],
  ["p99", "p99 ms", millis],
];

interface Props {
  points: Figures[];
  marks: RouteMark[];
}

export function FiguresTable({ points, marks }: Props) {
  const [open, setOpen] = useState(false);
  return (
    <details class="as-table" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>The same as a table</summary>
      {open && <Table points={points} marks={marks} />}
    </details>
  );
}

function Table({ points, marks }: Props) {
  const begins = [...new Set(points.map((point) => Math.floor(point.at / STEP) * STEP))].reverse();
  return (
    <div class="wide" tabIndex={0} role="group" aria-label="Figures as a table">
      <table>
        <caption>Each row is the mean of {STEP} seconds; newest first. “–” means unknown, or nothing was answered.</caption>
        <thead>
          <tr>
            <th scope="col" rowSpan={2}>from</th>
            {COLORS.map((color) => (
              <th key={color} scope="colgroup" colSpan={WHAT.length}>{color}</th>
            ))}
            <th scope="col" rowSpan={2}>route</th>
          </tr>
          <tr>{COLORS.flatMap((color) => WHAT.map(([what, name]) => <th key={color + what} scope="col">{name}</th>))}</tr>
        </thead>
        <tbody>
          {begins.map((begin) => (
            <Row key={begin} begin={begin} points={points.filter((point) => within(point.at, begin))} marks={marks.filter((mark) => within(mark.at, begin))} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

const within = (at: number, begin: number) => at >= begin && at < begin + STEP;

function Row({ begin, points, marks }: Props & { begin: number }) {
  return (
    <tr>
      <th scope="row">{clock(begin)}</th>
      {COLORS.flatMap((color) => WHAT.map(([what, , words]) => <td key={color + what}>{mean(points, color, what, words)}</td>))}
      <td>{marks.map((mark) => `${clock(mark.at)} ${shares(mark.shares)}`).join("; ")}</td>
    </tr>
  );
}

function mean(points: Figures[], color: Color, what: keyof Rates, words: (value: number) => string): string {
  const known = points.map((point) => point.environments[color]?.[what]).filter((value) => value !== null && value !== undefined);
  return known.length ? words(known.reduce((sum, value) => sum + value, 0) / known.length) : "–";
}
