// Links between two columns: which weights are drawn, how thick, along which curve; and which one
// lies under the pointer.
import type { Column, Slot } from "./plan.ts";

export const MOST_LINKS = 400;

export interface Weights {
  /** (inputs, units), row by row. */
  values: ArrayLike<number>;
  inputs: number;
  units: number;
}

/** A weight that is drawn: from unit `input` to `unit`, which stand in slots `from` and `to`. */
export interface Link {
  input: number;
  unit: number;
  from: number;
  to: number;
  weight: number;
}

/** The pair's weights, at most so many: the strongest; those of `focus` all. left, right: which
 * unit stands in each slot. */
export function strongest(
  { values, units }: Weights, left: readonly number[], right: readonly number[],
  focus: { side: "left" | "right"; unit: number } | null = null, most = MOST_LINKS,
): Link[] {
  const links: Link[] = [];
  left.forEach((input, from) => right.forEach((unit, to) => {
    links.push({ input, unit, from, to, weight: values[input * units + unit] ?? 0 });
  }));
  if (links.length <= most) return links;
  const isOwn = (link: Link) => focus !== null && (focus.side === "left" ? link.input : link.unit) === focus.unit;
  const size = (link: Link) => (isOwn(link) ? Infinity : Math.abs(link.weight));
  return links.sort((a, b) => size(b) - size(a)).slice(0, most);
}

/** A round number that no weight exceeds: the scale of the widths. It changes rarely. */
export function roundScale(largest: number): number {
  if (!(largest > 0) || !Number.isFinite(largest)) return 1;
  const power = 10 ** Math.floor(Math.log10(largest));
  for (const step of [1, 1.5, 2, 3, 5, 8, 10]) if (largest <= step * power * 1.0001) return step * power;
  return 10 * power;
}

export function linkWidth(weight: number, scale: number): number {
  return 0.5 + 5 * Math.min(1, Math.abs(weight) / scale) ** 1.15;
}

export function linkStrength(weight: number, scale: number): number {
  return Math.min(0.95, 0.4 + 1.1 * (Math.abs(weight) / scale));
}

/** Where a link leaves a column, and where it arrives. */
export function leaves(column: Column, slot: number): { x: number; y: number } {
  const place = column.slots[slot]!;
  const x = column.form === "rows" ? column.x + column.width : place.x + place.width;
  return { x, y: middle(place) };
}

export function arrives(column: Column, slot: number): { x: number; y: number } {
  const place = column.slots[slot]!;
  return { x: column.form === "outputs" ? place.x - 4 : place.x, y: middle(place) };
}

export function middle(slot: Slot): number {
  return slot.y + slot.height / 2;
}

/** The curve from one point to another; both ends are level. */
export function curve(x0: number, y0: number, x1: number, y1: number): string {
  const half = ((x0 + x1) / 2).toFixed(1);
  return `M${x0.toFixed(1)} ${y0.toFixed(1)}C${half} ${y0.toFixed(1)} ${half} ${y1.toFixed(1)} ${x1.toFixed(1)} ${y1.toFixed(1)}`;
}

/** How far down, from 0 at the start to 1 at the end, a curve is at a share of the way across; and
 * how steep it is there. */
export function fall(share: number): { down: number; slope: number } {
  // Control points half-way: x(t) = t³ − 1.5 t² + 1.5 t, y(t) = 3 t² − 2 t³.
  let low = 0, high = 1;
  for (let i = 0; i < 24; i++) {
    const t = (low + high) / 2;
    if (((t - 1.5) * t + 1.5) * t < share) low = t;
    else high = t;
  }
  const t = (low + high) / 2;
  return { down: t * t * (3 - 2 * t), slope: (6 * t * (1 - t)) / (3 * t * t - 3 * t + 1.5) };
}

/** The link nearest to a point, within so many pixels; of equally near ones the strongest. */
export function linkAt(
  links: readonly Link[], from: Column, to: Column, x: number, y: number, reach = 7,
): Link | null {
  let best: Link | null = null, bestCost = Infinity;
  for (const link of links) {
    const a = leaves(from, link.from), b = arrives(to, link.to);
    if (x <= a.x || x >= b.x) continue;
    const { down, slope } = fall((x - a.x) / (b.x - a.x));
    const steep = (slope * (b.y - a.y)) / (b.x - a.x);
    const far = Math.abs(y - (a.y + down * (b.y - a.y))) / Math.hypot(1, steep);
    if (far > reach) continue;
    const cost = far - Math.min(2, Math.abs(link.weight));
    if (cost < bestCost) [best, bestCost] = [link, cost];
  }
  return best;
}
