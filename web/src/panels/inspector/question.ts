// What the inspector asks the engine: the unit or weight that was picked, by its name.
import type { Place } from "../../lab.svelte.ts";
import type { SettingFrame } from "../../protocol.ts";

export interface Target {
  unit?: string;
  weight?: string;
}

/** A place in the network by the names of the engine, counted from 1. */
export function target(place: Place | null, setting: SettingFrame | null): Target {
  const layer = place && place.layer >= 0 ? setting?.layers[place.layer] : undefined;
  if (!place || !layer || place.unit >= layer.units) return {};
  const unit = place.unit + 1;
  if (place.input === undefined) return { unit: `${layer.name}:${unit}` };
  if (place.input === "b") return layer.bias === null ? {} : { weight: `${layer.name}:b,${unit}` };
  return place.input < layer.inputs ? { weight: `${layer.name}:${place.input + 1},${unit}` } : {};
}
