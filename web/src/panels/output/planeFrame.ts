// The plane's coordinates: from features to pixels and back, ticks, and the sample near a point.
import { ticks } from "../../charts/scale.ts";

export interface Corners {
  low: readonly [number, number];
  high: readonly [number, number];
}

/** Where points are set by hand. */
export const PAD: Corners = { low: [-1, -1], high: [1, 1] };

export class PlaneFrame {
  constructor(readonly corners: Corners, readonly width: number, readonly height: number) {}

  x(value: number): number {
    const { low, high } = this.corners;
    return ((value - low[0]) / (high[0] - low[0])) * this.width;
  }

  y(value: number): number {
    const { low, high } = this.corners;
    return (1 - (value - low[1]) / (high[1] - low[1])) * this.height;
  }

  back(x: number, y: number): [number, number] {
    const { low, high } = this.corners;
    return [
      low[0] + (x / this.width) * (high[0] - low[0]),
      low[1] + (1 - y / this.height) * (high[1] - low[1]),
    ];
  }

  ticksOf(axis: 0 | 1): number[] {
    const { low, high } = this.corners;
    const span = high[axis] - low[axis];
    return ticks(low[axis], high[axis], 4).filter(
      (value) => value > low[axis] + 0.02 * span && value < high[axis] - 0.02 * span);
  }

  /** The place of the point nearest to a pixel, within so many pixels. */
  nearest(points: ArrayLike<number>, x: number, y: number, reach: number): { place: number; far: number } | null {
    let place = -1, far = reach;
    for (let i = 0; 2 * i < points.length; i++) {
      const away = Math.hypot(this.x(points[2 * i]!) - x, this.y(points[2 * i + 1]!) - y);
      if (away < far) [place, far] = [i, away];
    }
    return place < 0 ? null : { place, far };
  }
}
