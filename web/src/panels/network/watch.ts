// Which sample the diagram follows; what if it had other values.
import type { Scene } from "./scene.svelte.ts";

let waiting: (() => void) | null = null;

/** The part and number that are watched, or the first held-out sample. */
export function watched(scene: Scene): { part: "train" | "held_out"; sample: number } {
  const said = scene.said;
  const usual = (scene.data?.held_out ?? 0) > 0 ? "held_out" : "train";
  const part = said?.part === "train" || said?.part === "held_out" ? said.part : (scene.trialOf ?? usual);
  return { part, sample: said?.sample ?? 1 };
}

export function watch(scene: Scene, part: "train" | "held_out", sample: number): void {
  const most = (part === "train" ? scene.data?.samples : scene.data?.held_out) ?? 0;
  if (most < 1) return;
  scene.trial = {};
  scene.lab.send({ do: "watch", part, sample: Math.max(1, Math.min(most, sample)) });
}

/** Ask what the network would say with another value; at most once for each picture drawn. */
export function watchTrial(scene: Scene, name: string, value: number): void {
  if (scene.said?.part !== "trial") {
    scene.trial = {};
    scene.trialOf = watched(scene).part;
  }
  scene.trial = { ...scene.trial, [name]: value };
  if (waiting) return;
  waiting = () => scene.lab.send({ do: "watch", ...watched(scene), values: { ...scene.trial } });
  requestAnimationFrame(() => {
    waiting?.();
    waiting = null;
  });
}
