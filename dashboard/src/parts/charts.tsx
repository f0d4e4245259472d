// The charts of an application, what stands under the pointer, and the same as a table.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type uPlot from "uplot";
import type { Color, Figures, Rates, RouteMark } from "../types";
import { COLORS } from "../types";
import { curvesOf } from "../words/gaps";
import { clock, millis, rate, UNKNOWN } from "../words/figures";
import { drawChart, type Frame, type Line } from "./chart";
import { FiguresTable } from "./figures_table";
import { useTheme } from "./theme";

interface Kind {
  id: string;
  title: string;
  unit: string;
  words: (value: number) => string;
  lines: Line[];
}

const line = (color: Color, what: keyof Rates, dash: number[], name: string): Line => ({ color, what, dash, name });

const both = (what: keyof Rates): Line[] => [line("blue", what, [], "blue"), line("green", what, [6, 3], "green")];

const KINDS: Kind[] = [
  { id: "requests", title: "Requests", unit: "a second", words: rate, lines: both("rps") },
  { id: "errors", title: "Errors", unit: "a second", words: rate, lines: both("errors") },
  {
    id: "times",
    title: "Answer times",
    unit: "ms",
    words: millis,
    lines: COLORS.flatMap((color) => [
      line(color, "p50", [], `${color} p50`),
      line(color, "p95", [6, 3], `${color} p95`),
      line(color, "p99", [2, 2], `${color} p99`),
    ]),
  },
];

interface Props {
  points: Figures[];
  marks: RouteMark[];
  now: number;
  stale: boolean;
}

const RANGES = [300, 900];

export function Charts({ points, marks, now, stale }: Props) {
  const [seconds, setSeconds] = useState(RANGES[0]!);
  const frame: Frame = { from: now - seconds, to: now, marks };
  return (
    <section class={`panel charts ${stale ? "stale" : ""}`} aria-labelledby="charts" data-at={points.at(-1)?.at}>
      <div class="head">
        <h2 id="charts">What users get</h2>
        <fieldset class="choice">
          <legend class="unseen">How far back</legend>
          {RANGES.map((range) => (
            <label key={range}>
              <input type="radio" name="range" checked={range === seconds} onChange={() => setSeconds(range)} />
              {range / 60} min
            </label>
          ))}
        </fieldset>
      </div>
      <div class="three">
        {KINDS.map((kind) => (
          <Chart key={kind.id} kind={kind} points={points} frame={frame} />
        ))}
      </div>
      <FiguresTable points={points} marks={marks} />
    </section>
  );
}

function Chart({ kind, points, frame }: { kind: Kind; points: Figures[]; frame: Frame }) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const current = useRef(frame);
  const [at, setAt] = useState<number | null>(null);
  const theme = useTheme();
  current.current = frame;
  const shown = useMemo(() => points.filter((point) => point.at >= frame.from - 2), [points, frame.from]);
  const last = useRef(shown);
  last.current = shown;

  useEffect(() => {
    const into = place.current!;
    const made = drawChart(into, kind.lines, () => current.current);
    made.over.addEventListener("mousemove", () => setAt(pointed(made)));
    made.over.addEventListener("mouseleave", () => setAt(null));
    const sized = new ResizeObserver(() => made.setSize({ width: into.clientWidth, height: made.height }));
    sized.observe(into);
    plot.current = made;
    made.setData(curvesOf(last.current, kind.lines));
    return () => {
      sized.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [kind, theme]);
  useEffect(() => plot.current?.setData(curvesOf(shown, kind.lines)), [shown, kind, frame.to]);

  const point = at === null ? points.at(-1) : shown.find((each) => each.at === at);
  return (
    <figure class="chart" aria-labelledby={`chart-${kind.id}`}>
      <figcaption>
        <h3 id={`chart-${kind.id}`}>
          {kind.title} <small>{kind.unit}</small>
        </h3>
        <span class="dim at">{point ? (at === null ? "now" : clock(point.at)) : UNKNOWN}</span>
      </figcaption>
      <div ref={place} class="plot" role="img" aria-label={`${kind.title}, drawn over time. The table below has the figures.`} />
      <Values kind={kind} point={point} />
    </figure>
  );
}

function pointed(plot: uPlot): number | null {
  const index = plot.cursor.idx;
  return index === null || index === undefined ? null : (plot.data[0][index] ?? null);
}

function Values({ kind, point }: { kind: Kind; point: Figures | undefined }) {
  return (
    <dl class="values">
      {COLORS.map((color) => (
        <div key={color}>
          <dt>
            <span class={`tint ${color}`}>
              <span class="shape" aria-hidden="true" />
              {color}
            </span>
          </dt>
          <dd>
            {kind.lines
              .filter((each) => each.color === color)
              .map(({ what }) => valueOf(point, color, what, kind.words))
              .join(" / ")}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function valueOf(point: Figures | undefined, color: Color, what: keyof Rates, words: (value: number) => string): string {
  const value = point?.environments[color]?.[what];
  return value === null || value === undefined ? "–" : words(value);
}
