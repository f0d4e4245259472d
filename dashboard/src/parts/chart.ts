// A chart over time of both environments, drawn by uPlot, with the moments at which the route changed.

import uPlot from "uplot";
import type { RouteMark } from "../types";
import type { Curve } from "../words/gaps";
import { shares } from "../words/sentence";

export interface Line extends Curve {
  dash: number[];
  name: string;
}

/** The custom properties of the style sheet: a canvas knows nothing of them. */
function paint(element: Element, name: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(--${name})`;
  element.append(probe);
  const color = getComputedStyle(probe).color;
  probe.remove();
  return color;
}

export interface Frame {
  /** Seconds since 1970. */
  from: number;
  to: number;
  marks: readonly RouteMark[];
}

const HEIGHT = 168;

export function drawChart(into: HTMLElement, lines: readonly Line[], frame: () => Frame): uPlot {
  const [ink, grid] = [paint(into, "dim"), paint(into, "line")];
  const axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { show: false }, font: "11px system-ui, sans-serif" };
  const options: uPlot.Options = {
    width: into.clientWidth || 300,
    height: HEIGHT,
    padding: [16, 66, 0, 0],
    cursor: { y: false, drag: { setScale: false }, points: { size: 5 } },
    legend: { show: false },
    scales: {
      x: { time: true, range: () => [frame().from, frame().to] },
      y: { range: (_, __, most) => [0, Math.max(1, (most ?? 0) * 1.15)] },
    },
    axes: [
      { ...axis, values: (_, splits) => splits.map(shortTime), space: 60, size: 26 },
      { ...axis, size: 44, values: (_, splits) => splits.map((value) => String(Number(value.toPrecision(4)))), space: 36 },
    ],
    series: [
      {},
      ...lines.map(({ color, dash, name }) => ({
        label: name,
        stroke: paint(into, color),
        width: 1.75,
        dash,
        points: { show: false },
        spanGaps: false,
      })),
    ],
    hooks: {
      drawClear: [(plot: uPlot) => drawMarks(plot, frame().marks, paint(into, "ink"))],
      draw: [(plot: uPlot) => nameLines(plot, lines)],
    },
  };
  return new uPlot(options, [[]], into);
}

function shortTime(at: number): string {
  const date = new Date(at * 1000);
  const whole = `${date.getHours()}:${String(date.getMinutes()).padStart(2, "0")}`;
  return date.getSeconds() ? `${whole}:${String(date.getSeconds()).padStart(2, "0")}` : whole;
}

/** A line where the route changed, and who gets what from there on. */
function drawMarks(plot: uPlot, marks: readonly RouteMark[], ink: string): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  let free = Infinity;
  ctx.save();
  ctx.textAlign = "left";
  ctx.strokeStyle = ctx.fillStyle = ink;
  ctx.lineWidth = ratio;
  ctx.font = `${11 * ratio}px system-ui, sans-serif`;
  for (const mark of [...marks].sort((one, other) => other.at - one.at)) {
    const x = plot.valToPos(mark.at, "x", true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.setLineDash([3 * ratio, 3 * ratio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const text = `▸ ${shares(mark.shares)}`;
    const width = ctx.measureText(text).width;
    const left = Math.min(x, bbox.left + bbox.width + 60 * ratio - width);
    if (left + width > free) continue;
    ctx.fillText(text, left, bbox.top - 5 * ratio);
    free = left - 8 * ratio;
  }
  ctx.restore();
}

/** Each line is named where it ends, so that its colour is not all that tells it. */
function nameLines(plot: uPlot, lines: readonly Line[]): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  const taken: number[] = [];
  ctx.save();
  ctx.font = `600 ${11 * ratio}px system-ui, sans-serif`;
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  lines.forEach((line, index) => {
    const values = plot.data[index + 1] ?? [];
    const last = values.findLastIndex((value) => value !== null && value !== undefined);
    const at = plot.data[0][last];
    if (last < 0 || at === undefined || values.slice(-5).every((value) => value === null)) return;
    let y = plot.valToPos(values[last] as number, "y", true);
    while (taken.some((other) => Math.abs(other - y) < 12 * ratio)) y -= 4 * ratio;
    taken.push(y);
    ctx.fillStyle = String((plot.series[index + 1]!.stroke as () => string)());
    ctx.fillText(line.name, Math.min(plot.valToPos(at, "x", true), bbox.left + bbox.width) + 4 * ratio, y);
  });
  ctx.restore();
}
