// What buttons and keys do alike.
import type { Lab } from "./lab.svelte.ts";
import { firsts } from "./panels/doctor/firsts.ts";

/** Whether there is something to train (or, in a recording, to show) and an engine that hears. */
export function canPlay(lab: Lab): boolean {
  const open = lab.connection.state === "open" && lab.line.setting !== null;
  return open && !lab.onlyLooks && !isOnlyDrawnFor(lab);
}

/** A network that was trained before, whose samples are not here. */
export function isOnlyDrawnFor(lab: Lab): boolean {
  return lab.data !== null && lab.data.words.samples === 0 && lab.data.words.held_out === 0;
}

export function lookingBack(lab: Lab): boolean {
  const status = lab.line.status;
  return status !== null && status.step < status.steps;
}

function speed(lab: Lab): number | null {
  return lab.pace === "epoch" ? (lab.line.status?.batches ?? 1) : lab.pace;
}

const ANSWER = 250; // ms, until the engine's answer is there

/** A second press turns the first one back, however soon it comes. */
export function playOrPause(lab: Lab): void {
  const now = performance.now(), last = lab.asked;
  const play = !(last && now < last.until ? last.play : lab.playing);
  lab.send(play ? { do: "play", speed: speed(lab) } : { do: "pause" });
  lab.asked = { play, until: now + ANSWER };
}

export function setPace(lab: Lab, pace: number | "epoch" | null): void {
  lab.pace = pace;
  if (lab.playing) lab.send({ do: "play", speed: speed(lab) });
}

/** One kept step back (−1) or on (1). */
export function toKept(lab: Lab, way: -1 | 1): void {
  const status = lab.line.status;
  if (!status) return;
  const { step, steps, kept = [] } = status;
  const next = way < 0
    ? (kept.filter((each) => each < step).at(-1) ?? Math.max(0, step - 1))
    : (kept.find((each) => each > step) ?? steps);
  if (next !== step) lab.send({ do: "seek", step: next });
}

/** The finding before (−1) or after (1) the one that is shown. */
export function toFinding(lab: Lab, way: -1 | 1): void {
  const groups = firsts(lab.line.findings?.findings ?? []);
  if (groups.length === 0) return;
  const at = lab.findingShown ?? groups.length - 1;
  const next = Math.max(0, Math.min(groups.length - 1, at + way));
  lab.findingShown = lab.findingShown === null && way > 0 ? groups.length - 1 : next;
}
