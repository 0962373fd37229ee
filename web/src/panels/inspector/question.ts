// What the inspector asks the engine: the unit or weight that was picked, by its name.
import type { Place } from "../../lab.svelte.ts";
import type { SettingFrame } from "../../protocol.ts";
import { question } from "../network/names.ts";

export interface Target {
  unit?: string;
  weight?: string;
}

/** What is asked about a place; nothing where the network has no such place (any more). */
export function target(place: Place | null, setting: SettingFrame | null): Target {
  const layer = place && place.layer >= 0 ? setting?.layers[place.layer] : undefined;
  if (!place || !layer || place.unit >= layer.units) return {};
  if (typeof place.input === "number" && place.input >= layer.inputs) return {};
  if (place.input === "b" && layer.bias === null) return {};
  return question(place, setting!.layers) ?? {};
}
