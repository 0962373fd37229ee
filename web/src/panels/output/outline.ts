// The outline of what is drawn in a picture of few pixels, as a smooth line.
import { contour } from "../../drawing/contour.ts";

const FINE = 4; // points a side of a pixel
const LEVEL = 100; // of 255

/** An SVG path in a box of `unit` a pixel; values: 0 … 255, row by row. */
export function outlineOf(values: ArrayLike<number>, rows: number, columns: number, unit: number): string {
  const fine = rows * columns > 400 ? 2 : FINE;
  // First along the columns, then along the rows; outside the picture there is no ink.
  const across = columns * fine, down = rows * fine;
  const part = new Float32Array(rows * across);
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < across; x++)
      part[y * across + x] = spline((k) => (k < 0 || k >= columns ? 0 : values[y * columns + k]!), (x + 0.5) / fine - 0.5);
  const field = new Float32Array(down * across);
  for (let x = 0; x < across; x++)
    for (let y = 0; y < down; y++)
      field[y * across + x] = spline((k) => (k < 0 || k >= rows ? 0 : part[k * across + x]!), (y + 0.5) / fine - 0.5) - LEVEL;
  return contour(field, across, down, unit * columns, unit * rows);
}

/** A cubic B-spline through the neighbourhood of a place. */
function spline(value: (place: number) => number, at: number): number {
  const place = Math.floor(at), t = at - place;
  const s = 1 - t;
  return (
    s * s * s * value(place - 1) + (3 * t * t * t - 6 * t * t + 4) * value(place)
    + (3 * s * s * s - 6 * s * s + 4) * value(place + 1) + t * t * t * value(place + 2)
  ) / 6;
}
