// The samples on the plane's canvas: colour and shape by class, hollow where held out.
import { classColour, marker } from "../../drawing/classes.ts";
import { ramp, rampColour } from "../../drawing/ramp.ts";
import type { PlaneFrame } from "./planeFrame.ts";

export interface Points {
  points: ArrayLike<number>; // x, y, x, y …
  targets: ArrayLike<number>;
  isHeldOut: boolean;
}

/** The size of a point, less where there are many. */
export function pointSize(count: number, width: number): number {
  const size = count > 3000 ? 1.3 : count > 1200 ? 1.8 : 2.6;
  return width < 180 ? Math.min(size, 1.9) : width > 380 ? size * 1.15 : size;
}

export function drawPoints(
  context: CanvasRenderingContext2D, sets: readonly Points[], frame: PlaneFrame,
  classes: number | null, dark: boolean, size: number,
): void {
  const paper = dark ? "#14181b" : "#ffffff";
  for (const { points, targets, isHeldOut } of sets) {
    if (classes === null) {
      drawNumbers(context, points, targets, frame, dark, size, isHeldOut);
      continue;
    }
    const paths = Array.from({ length: classes }, () => [] as string[]);
    for (let i = 0; i < targets.length; i++) {
      const label = targets[i]!;
      paths[label]?.push(marker(label, frame.x(points[2 * i]!), frame.y(points[2 * i + 1]!), size));
    }
    paths.forEach((parts, label) => {
      if (!parts.length) return;
      const path = new Path2D(parts.join("")), colour = classColour(label, dark);
      context.strokeStyle = isHeldOut ? colour : paper;
      context.fillStyle = isHeldOut ? paper : colour;
      context.lineWidth = isHeldOut ? 1.3 : 1.1;
      if (isHeldOut) {
        context.fill(path);
        context.stroke(path);
      } else {
        context.stroke(path);
        context.fill(path);
      }
    });
  }
}

function drawNumbers(
  context: CanvasRenderingContext2D, points: ArrayLike<number>, targets: ArrayLike<number>,
  frame: PlaneFrame, dark: boolean, size: number, isHeldOut: boolean,
): void {
  const colours = ramp(dark);
  let low = Infinity, high = -Infinity;
  for (let i = 0; i < targets.length; i++) {
    low = Math.min(low, targets[i]!);
    high = Math.max(high, targets[i]!);
  }
  context.lineWidth = isHeldOut ? 1.6 : 0.8;
  for (let i = 0; i < targets.length; i++) {
    const colour = rampColour((2 * (targets[i]! - low)) / Math.max(high - low, 1e-12) - 1, colours);
    const path = new Path2D(marker(0, frame.x(points[2 * i]!), frame.y(points[2 * i + 1]!), size + 0.3));
    context.fillStyle = isHeldOut ? (dark ? "#14181b" : "#ffffff") : colour;
    context.strokeStyle = isHeldOut ? colour : dark ? "#edf0f2" : "#14181b";
    context.fill(path);
    context.stroke(path);
  }
}

/** Rings around the points at these places, as one path. */
export function rings(points: ArrayLike<number>, places: readonly number[], frame: PlaneFrame, r: number): string {
  let d = "";
  for (const place of places) {
    const x = points[2 * place], y = points[2 * place + 1];
    if (x !== undefined && y !== undefined) d += marker(0, frame.x(x), frame.y(y), r);
  }
  return d;
}
