// What "histograms" frames say of each layer, and the numbers beside them.
import type { Frame, LayerShape, SettingFrame, Values } from "../../protocol.ts";

export interface LayerHistogram {
  name: string;
  title: string;
  shape: LayerShape | undefined;
  counts: Values;
  edges: [number, number];
}

export function histograms(
  frame: Frame | null, setting: SettingFrame | null, of: "weights" | "activations",
): LayerHistogram[] {
  const counts = frame?.arrays[of], edges = frame?.arrays[`${of === "weights" ? "weight" : "activation"}_edges`];
  if (!frame || !counts || !edges) return [];
  const bins = counts.shape[1] ?? 0;
  return ((frame.words["layers"] as string[] | undefined) ?? []).map((name, i) => {
    const shape = setting?.layers.find((layer) => layer.name === name);
    return {
      name, shape, title: shape?.title ?? name,
      counts: counts.values.subarray(i * bins, (i + 1) * bins),
      edges: [edges.values[2 * i]!, edges.values[2 * i + 1]!],
    };
  });
}

/** The axis that holds all of them that can be drawn. */
export function together(edges: readonly [number, number][]): [number, number] {
  const drawn = edges.filter(canBeDrawn);
  return [Math.min(...drawn.map(([low]) => low)), Math.max(...drawn.map(([, high]) => high))];
}

/** Whether a layer's values are still finite, as single precision has it. */
export function canBeDrawn([low, high]: readonly [number, number]): boolean {
  return Number.isFinite(low) && Number.isFinite(high) && Number.isFinite(high - low);
}

export function ofWeights(values: ArrayLike<number> | undefined): { mean: number | null; rms: number | null } {
  if (!values?.length) return { mean: null, rms: null };
  let sum = 0, squares = 0;
  for (let i = 0; i < values.length; i++) {
    sum += values[i]!;
    squares += values[i]! * values[i]!;
  }
  return { mean: sum / values.length, rms: Math.sqrt(squares / values.length) };
}

/** A share as percent; "< 1 %" rather than 0 where there is something. */
export function percent(share: number): string {
  if (share > 0 && share < 0.01) return "< 1 %";
  if (share < 1 && share > 0.99) return "> 99 %";
  return `${Math.round(100 * share)} %`;
}
