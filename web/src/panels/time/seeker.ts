// Goes to steps while the slider is dragged: one question under way at a time, the latest wins.
import type { Lab } from "../../lab.svelte.ts";

const PATIENCE = 300; // ms until a question counts as lost

export class Seeker {
  #asked: number | null = null;
  #askedAt = 0;
  #next: number | null = null;

  constructor(private lab: Lab) {}

  to(step: number): void {
    if (this.#asked !== null && performance.now() - this.#askedAt < PATIENCE) {
      this.#next = step;
      return;
    }
    this.#asked = step;
    this.#askedAt = performance.now();
    this.lab.send({ do: "seek", step });
  }

  /** Nothing is asked that could still be answered. */
  get idle(): boolean {
    return this.#asked === null || performance.now() - this.#askedAt >= PATIENCE;
  }

  /** The engine has told what it shows. */
  answered(step: number): void {
    if (this.#asked === null) return;
    const next = this.#next;
    // A recording shows the nearest step that it holds.
    if (step !== this.#asked && next === null && this.lab.transport.kind !== "replay") return;
    this.#asked = this.#next = null;
    if (next !== null && next !== step) this.to(next);
  }
}
