// Pointer and keys in the diagram: what lies where, where the arrows lead, what a press means.
import type { Place } from "../../lab.svelte.ts";
import { biasDots } from "./dots.ts";
import { withChange } from "./edit.ts";
import { MOST_TILES } from "./layout.ts";
import type { Column } from "./plan.ts";
import { linkAt } from "./links.ts";
import { question } from "./names.ts";
import type { Scene } from "./scene.svelte.ts";

const DOT_REACH = 8;

/** The weight or bias at a point of the diagram. */
export function weightAt(scene: Scene, x: number, y: number): Place | null {
  const { layout } = scene;
  if (!layout) return null;
  for (const dot of biasDots(scene))
    if (Math.hypot(dot.x - x, dot.y - y) < DOT_REACH) return dot.place;
  for (const [number, pair] of layout.pairs.entries()) {
    const to = layout.columns[pair.to]!;
    const link = linkAt(scene.links[number]!, layout.columns[pair.from]!, to, x, y);
    if (link) return { layer: to.layer, unit: link.unit, input: link.input };
  }
  return null;
}

export function isSame(a: Place | null, b: Place | null): boolean {
  return a === b || (a !== null && b !== null && a.layer === b.layer && a.unit === b.unit && a.input === b.input);
}

/** Show the formula behind a unit or a weight. */
export function inspect(scene: Scene, place: Place): void {
  const { lab } = scene;
  lab.pinned = place;
  if (place.layer < 0 || scene.isMini) return; // an input has no formula
  if (question(place, scene.layers)) lab.inspecting = true; // the Inspector asks
}

/** A press on a unit inspects it; where there's no formula to show, it pins, or lets go. */
export function press(scene: Scene, place: Place): void {
  const { lab } = scene;
  if ((scene.isMini || place.layer < 0) && isSame(lab.pinned, place)) lab.pinned = null;
  else inspect(scene, place);
}

/** Enter inspects the unit; again: its weights, the strongest first. */
export function enter(scene: Scene, place: Place): void {
  const { lab } = scene, pinned = lab.pinned;
  const isAgain = lab.inspecting && pinned?.layer === place.layer && pinned.unit === place.unit;
  const weights = scene.weights[place.layer];
  if (!isAgain || !weights) return inspect(scene, place);
  const order = Array.from({ length: weights.inputs }, (_, input) => input);
  const size = (input: number) => Math.abs(weights.values[input * weights.units + place.unit]!);
  order.sort((a, b) => size(b) - size(a));
  const before = typeof pinned.input === "number" ? order.indexOf(pinned.input) : -1;
  inspect(scene, { ...place, input: order[(before + 1) % order.length]! });
}

/** Where an arrow leads from a slot of a column; null: nowhere. */
export function neighbour(
  columns: readonly Column[], column: number, slot: number, key: string,
): { column: number; slot: number } | null {
  const here = columns[column]!, at = here.slots[slot];
  const down = key === "ArrowDown" ? here.across : key === "ArrowUp" ? -here.across : 0;
  if (down) return here.slots[slot + down] ? { column, slot: slot + down } : null;
  const side = key === "ArrowRight" ? 1 : key === "ArrowLeft" ? -1 : 0;
  if (!side) return null;
  const inRow = (slot % here.across) + side;
  if (inRow >= 0 && inRow < here.across && here.slots[slot + side]) return { column, slot: slot + side };
  const next = columns[column + side];
  if (!next?.slots.length) return null;
  const y = at ? at.y + at.height / 2 : here.y + here.height / 2;
  const far = (place: number) => {
    const { x, y: top, height, width } = next.slots[place]!;
    const edge = side > 0 ? x - next.x : next.x + next.width - x - width;
    return Math.abs(top + height / 2 - y) + 0.01 * edge;
  };
  const places = next.slots.map((_, place) => place);
  return { column: column + side, slot: places.reduce((best, place) => (far(place) < far(best) ? place : best), 0) };
}

/** Add or take away a unit of a hidden layer. */
export function addUnits(scene: Scene, layer: number, count: number): void {
  const setting = scene.line.setting?.setting, now = setting?.hidden[layer];
  if (!setting || !now || scene.lab.onlyLooks) return;
  const units = Math.max(1, Math.min(scene.lab.hello?.limits.units ?? 1024, now.units + count));
  if (units !== now.units) scene.lab.set("hidden", withChange(setting, layer, { units }));
}

/** In a deep network: open the pair of which this column is the left one (or else the right). */
export function openAt(scene: Scene, column: number): void {
  const { layout } = scene;
  if (!layout?.deep) return;
  const last = layout.columns.length - 2;
  const isOpen = column === layout.open || column === layout.open + 1;
  if (!isOpen) scene.chosen = Math.min(last, column > layout.open ? column - 1 : column);
}

/** The frame over a very wide layer, a page on or back. */
export function turnPage(scene: Scene, layer: number, by: number): void {
  scene.moveFrame(layer, scene.first(layer) + by * MOST_TILES);
}
