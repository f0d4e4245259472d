// What nobody has measured is not drawn: a line does not cross it.

import type { Color, Figures, Rates } from "../types";

/** Seconds between two points: one, and ten while nobody looks. What is longer was not measured. */
const LONGEST = 15;

export interface Curve {
  color: Color;
  what: keyof Rates;
}

/** Times of points and the values of each curve, null where nothing is known. */
export function curvesOf(points: readonly Figures[], curves: readonly Curve[]): [number[], ...(number | null)[][]] {
  const rows: (Figures | number)[] = points.flatMap((point, index) => {
    const before = points[index - 1];
    return before && point.at - before.at > LONGEST ? [(before.at + point.at) / 2, point] : [point];
  });
  const times = rows.map((row) => (typeof row === "number" ? row : row.at));
  const values = curves.map(({ color, what }) =>
    rows.map((row) => (typeof row === "number" ? null : (row.environments[color]?.[what] ?? null))),
  );
  return [times, ...values];
}
