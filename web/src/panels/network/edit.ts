// Changes to the hidden layers: each gives the new value of the setting's field "hidden".
import type { HiddenLayer, Setting } from "../../protocol.ts";

export const USUAL: HiddenLayer = { units: 8, activation: "tanh", dropout: 0 };

/** One more layer before the place `at`, like the one that stands there or before it. */
export function withLayer(hidden: readonly HiddenLayer[], at: number): HiddenLayer[] {
  const like = hidden[at - 1] ?? hidden[at] ?? USUAL;
  return [...hidden.slice(0, at), { ...like, units: Math.min(like.units, 32) }, ...hidden.slice(at)];
}

export function withoutLayer(hidden: readonly HiddenLayer[], at: number): HiddenLayer[] {
  return hidden.filter((_, place) => place !== at);
}

export function withChange(setting: Setting, at: number, change: Partial<HiddenLayer>): HiddenLayer[] {
  return setting.hidden.map((layer, place) => (place === at ? { ...layer, ...change } : layer));
}
