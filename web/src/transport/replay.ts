// A recording instead of an engine: a page that was taken away holds what a run showed.
import type { Command, Frame, Status } from "../protocol.ts";
import { unbundle } from "./bytes.ts";
import type { Listener, Transport } from "./transport.ts";

/** What the page holds: bundles as base64; the first says what was set, each further one shows the
 * step in `steps` that belongs to it. */
export interface Recording {
  bundles: string[];
  steps: number[];
}

const PER_SECOND = 12; // recorded steps, at full speed
const MOVES = new Set(["seek", "now", "play", "pause", "step", "epoch", "reset"]);
const SILENT = new Set(["want", "seen", "select", "compare", "part"]);

/** The recording that a document holds, if it holds one. */
export function recordingIn(document: Document): Recording | null {
  const text = document.getElementById("recording")?.textContent;
  return text ? (JSON.parse(text) as Recording) : null;
}

export class ReplayTransport implements Transport {
  readonly kind = "replay";
  #listener: Listener | null = null;
  #place: number;
  #playing = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #perSecond = PER_SECOND;

  constructor(readonly recording: Recording) {
    this.#place = recording.steps.length - 1;
  }

  start(listener: Listener): void {
    this.#listener = listener;
    listener.connected({ state: "open" });
    void listener.frames(this.#bundle(0));
    this.#show();
  }

  send(command: Command): void {
    if (SILENT.has(command.do)) return;
    if (!MOVES.has(command.do)) {
      this.#stop();
      this.#show([{
        kind: "error", arrays: {},
        words: { message: "This is a recording: it shows a run and doesn't train.", about: command.do },
      }]);
      return;
    }
    this.#move(command);
  }

  #move(command: Command): void {
    const last = this.recording.steps.length - 1;
    if (command.do === "play") {
      if (this.#place >= last) this.#place = 0;
      this.#perSecond = Math.min(PER_SECOND, command.speed || PER_SECOND);
      this.#playing = true;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => void this.#tick(), 1000 / this.#perSecond);
    } else {
      this.#stop();
      if (command.do === "seek") this.#place = nearestStep(this.recording.steps, command.step);
      else if (command.do === "now") this.#place = last;
      else if (command.do === "reset") this.#place = 0;
      else if (command.do === "step") this.#place = Math.min(last, this.#place + 1);
      else if (command.do === "epoch") this.#place = this.#epochOn();
    }
    this.#show();
  }

  async #tick(): Promise<void> {
    if (!this.#playing) return;
    this.#place += 1;
    if (this.#place >= this.recording.steps.length - 1) this.#stop();
    await this.#show();
    if (this.#playing)
      this.#timer = setTimeout(() => void this.#tick(), 1000 / this.#perSecond);
  }

  #stop(): void {
    this.#playing = false;
    clearTimeout(this.#timer);
  }

  /** The first recorded step that lies in a later epoch. */
  #epochOn(): number {
    const { steps } = this.recording;
    const status = this.#bundle(this.#place + 1).find((frame) => frame.kind === "status");
    const batches = Math.max(1, Number(status?.words["batches"] ?? 1));
    const goal = (Math.floor(steps[this.#place]! / batches) + 1) * batches;
    const found = steps.findIndex((step) => step >= goal);
    return found < 0 ? steps.length - 1 : found;
  }

  #bundle(place: number): Frame[] {
    const text = this.recording.bundles[place];
    return text === undefined ? [] : unbundle(bytesOf(text));
  }

  async #show(more: Frame[] = []): Promise<void> {
    const steps = this.recording.steps;
    const frames = this.#bundle(this.#place + 1).map((frame) => {
      if (frame.kind !== "status") return frame;
      const told = frame.words as unknown as Status;
      const words = {
        ...told, playing: this.#playing, speed: null,
        steps: Math.max(told.steps, steps[steps.length - 1] ?? 0), kept: steps,
      };
      return { ...frame, words: words as unknown as Record<string, unknown> };
    });
    await this.#listener?.frames([...frames, ...more]);
  }
}

/** The place of the recorded step that lies nearest. */
export function nearestStep(steps: readonly number[], step: number): number {
  let best = 0;
  for (let i = 1; i < steps.length; i++)
    if (Math.abs(steps[i]! - step) < Math.abs(steps[best]! - step)) best = i;
  return best;
}

function bytesOf(base64: string): ArrayBuffer {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes.buffer;
}
