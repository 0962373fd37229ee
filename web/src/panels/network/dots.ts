// The biases' dots: at the lower left of their units.
import type { Place } from "../../lab.svelte.ts";
import type { Layout } from "./plan.ts";

export interface Dot {
  place: Place;
  x: number;
  y: number;
  bias: number;
}

export function biasDots(scene: {
  readonly layout: Layout | null;
  readonly orders: readonly (readonly number[])[];
  readonly biases: readonly (ArrayLike<number> | null)[];
}): Dot[] {
  const found: Dot[] = [];
  scene.layout?.columns.forEach((column, number) => {
    const biases = scene.biases[column.layer];
    if (!biases || (column.form !== "units" && column.form !== "outputs")) return;
    column.slots.forEach((slot, place) => {
      const unit = scene.orders[number]?.[place], bias = unit === undefined ? undefined : biases[unit];
      if (bias === undefined) return;
      const isLow = column.form === "units";
      const y = isLow ? slot.y + slot.height - 1 : slot.y + slot.height / 2 + Math.min(9, slot.height / 3);
      found.push({ place: { layer: column.layer, unit: unit!, input: "b" }, x: slot.x - 5, y, bias });
    });
  });
  return found;
}
