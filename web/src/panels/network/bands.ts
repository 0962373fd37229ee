// Bands: what whole rows of a wide layer, or a picture's pixels, carry to the next column.
import type { Column } from "./plan.ts";
import { arrives, leaves, middle } from "./links.ts";
import type { Weights } from "./links.ts";

export interface Band {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
  /** The sum that it carries. */
  value: number;
  /** 0 … 1 of the pair's largest. */
  share: number;
  /** Whether its sign has a meaning: else it's grey. */
  isSigned: boolean;
}

/** What is needed of the scene. */
export interface Carried {
  readonly orders: readonly (readonly number[])[];
  readonly weights: readonly (Weights | null)[];
  readonly activations: readonly (ArrayLike<number> | null)[];
  readonly output: number;
  readonly sample: { arrays: Readonly<Record<string, { values: ArrayLike<number> }>> } | null;
  effects(layer: number): ArrayLike<number>;
}

interface Group {
  units: readonly number[];
  x: number;
  y: number;
}

export function bandsOf(scene: Carried, from: Column, to: Column): Band[] {
  const weights = scene.weights[to.layer];
  if (!weights) return [];
  const right = groups(to, scene.orders[to.layer + 1]!, "arrives");
  const hasSample = scene.sample !== null;
  if (from.form === "picture") {
    const active = scene.activations[to.layer] ?? null;
    return scaled(right.map((group, place) => ({
      x0: from.x + from.height + 2, y0: from.y + ((place + 0.5) / right.length) * from.height,
      x1: group.x, y1: group.y, isSigned: false,
      value: group.units.reduce((sum, unit) => sum + (active ? Math.abs(active[unit]!) : into(weights, unit)), 0),
    })));
  }
  const left = groups(from, scene.orders[from.layer + 1]!, "leaves");
  if (to.form === "outputs" && hasSample) {
    const effects = scene.effects(from.layer);
    const goal = right[scene.output] ?? right[0]!;
    return scaled(left.map((group) => ({
      x0: group.x, y0: group.y, x1: goal.x, y1: goal.y, isSigned: true,
      value: group.units.reduce((sum, unit) => sum + effects[unit]!, 0),
    })));
  }
  const active = from.layer < 0 ? (scene.sample?.arrays["scaled"]?.values ?? null)
    : (scene.activations[from.layer] ?? null);
  return scaled(left.flatMap((a) => right.map((b) => ({
    x0: a.x, y0: a.y, x1: b.x, y1: b.y, isSigned: active !== null, value: between(weights, a, b, active),
  }))));
}

function groups(column: Column, order: readonly number[], side: "leaves" | "arrives"): Group[] {
  const found: Group[] = [];
  for (let first = 0; first < column.slots.length; first += column.across) {
    const units = order.slice(first, first + column.across);
    const slot = column.slots[first]!;
    if (column.form === "block") {
      const x = side === "leaves" ? column.x + column.width + 5 : column.x - 5;
      found.push({ units, x, y: middle(slot) });
    } else found.push({ units, ...(side === "leaves" ? leaves(column, first) : arrives(column, first)) });
  }
  return found;
}

function into({ values, inputs, units }: Weights, unit: number): number {
  let sum = 0;
  for (let input = 0; input < inputs; input++) sum += Math.abs(values[input * units + unit]!);
  return sum;
}

function between({ values, units }: Weights, a: Group, b: Group, active: ArrayLike<number> | null): number {
  let sum = 0;
  for (const from of a.units)
    for (const to of b.units) {
      const weight = values[from * units + to] ?? 0;
      sum += active ? weight * active[from]! : Math.abs(weight);
    }
  return sum;
}

function scaled(bands: Omit<Band, "share">[]): Band[] {
  const most = Math.max(1e-12, ...bands.map((band) => Math.abs(band.value)));
  return bands.map((band) => ({ ...band, share: Math.abs(band.value) / most }));
}
