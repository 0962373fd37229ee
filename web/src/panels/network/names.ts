// What units, weights and inputs are called: on the page and in questions to the engine.
import type { Place } from "../../lab.svelte.ts";
import type { DataFrame, LayerShape, Setting } from "../../protocol.ts";
import { number } from "../../words.ts";

const LOW: Record<string, string> = { 0: "₀", 1: "₁", 2: "₂", 3: "₃", 4: "₄", 5: "₅", 6: "₆", 7: "₇", 8: "₈", 9: "₉" };

/** "x1" as x₁, "x1^2" as x₁², "x1*x2" as x₁x₂, "sin(x1)" as sin x₁; other names as they are. */
export function written(name: string): string {
  if (!/^[a-z0-9^*() ·]+$/i.test(name) || !/x_?\d/i.test(name)) return name;
  return name
    .replace(/x_?(\d)/gi, (_, digit: string) => `x${LOW[digit]}`)
    .replace(/\^2|\*\*2/g, "²")
    .replace(/\s*[*·]\s*/g, "")
    .replace(/(sin|cos)\(([^)]*)\)/g, "$1 $2");
}

/** The names of the network's inputs. */
export function inputNames(data: DataFrame, setting: Setting, count: number): string[] {
  const chosen = setting.data.inputs ?? data.features;
  return Array.from({ length: count }, (_, place) => written(chosen[place] ?? `x${place + 1}`));
}

export function outputNames(data: DataFrame, layer: LayerShape): string[] {
  const { classes, target } = data;
  if (classes && classes.length === layer.units) return classes;
  if (layer.units === 1) return [classes?.[1] ?? target];
  return Array.from({ length: layer.units }, (_, place) => String(place));
}

/** "hidden1:3", "output:3,7", "output:b,7"; counted from 1. */
export function question(place: Place, layers: readonly LayerShape[]): { unit: string } | { weight: string } | null {
  const layer = layers[place.layer];
  if (!layer) return null;
  if (place.input === undefined) return { unit: `${layer.name}:${place.unit + 1}` };
  const input = place.input === "b" ? "b" : place.input + 1;
  return { weight: `${layer.name}:${input},${place.unit + 1}` };
}

/** "Hidden 1, unit 3", "Output, 1", "Input x₁". */
export function unitTitle(
  place: Place, layers: readonly LayerShape[], inputs: readonly string[], outputs: readonly string[],
): string {
  if (place.layer < 0) return `Input ${inputs[place.unit] ?? place.unit + 1}`;
  const layer = layers[place.layer];
  if (!layer) return "";
  if (place.layer === layers.length - 1) return `${layer.title}, ${outputs[place.unit] ?? place.unit + 1}`;
  return `${layer.title}, unit ${place.unit + 1}`;
}

/** The number at a weight: two decimals while it is small. */
export function weightText(weight: number): string {
  const size = Math.abs(weight);
  if (size >= 1e5 || !Number.isFinite(weight)) return number(weight);
  return weight.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2).replace("-", "−");
}

/** "2-8-8-2". */
export function shapeText(layers: readonly LayerShape[]): string {
  return layers.length ? [layers[0]!.inputs, ...layers.map((layer) => layer.units)].join("-") : "";
}
