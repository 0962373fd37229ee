// The engine in a notebook's kernel, over the messages of a widget (anywidget's model). While `fit`
// runs, the kernel sends but doesn't hear: what is asked meanwhile is answered afterwards.
import type { Command, Frame } from "../protocol.ts";
import { encode, unbundle } from "./bytes.ts";
import type { Listener, Transport } from "./transport.ts";

/** What is used of the model that anywidget hands to a widget. */
export interface Model {
  get(name: string): unknown;
  on(event: string, listener: (...told: never[]) => void): void;
  off(event: string, listener?: (...told: never[]) => void): void;
  send(content: unknown, callbacks?: unknown, buffers?: (ArrayBuffer | ArrayBufferView)[]): void;
}

export class NotebookTransport implements Transport {
  readonly kind = "notebook";
  #listener: Listener | null = null;
  #come: Frame[] = [];
  #showing = false;
  #hear = (content: { kind?: string }, buffers: (DataView | ArrayBuffer)[]): void => {
    if (content?.kind !== "bundle") return;
    for (const buffer of buffers) this.#come.push(...unbundle(wholeBuffer(buffer)));
    void this.#show();
  };

  constructor(readonly model: Model) {}

  start(listener: Listener): void {
    this.#listener = listener;
    this.model.on("msg:custom", this.#hear as (...told: never[]) => void);
    listener.connected({ state: "open" });
  }

  stop(): void {
    this.model.off("msg:custom", this.#hear as (...told: never[]) => void);
    this.#listener = null;
    this.#come = [];
  }

  send(
    command: Command,
    arrays?: Record<string, Uint8Array | Float32Array | Int32Array>,
    shapes?: Record<string, number[]>,
  ): void {
    if (arrays) this.model.send({ do: command.do }, undefined, [encode(command, arrays, shapes)]);
    else this.model.send(command);
  }

  /** Whatever came while a picture was drawn is shown with the next one: the newest wins. */
  async #show(): Promise<void> {
    if (this.#showing) return;
    this.#showing = true;
    try {
      while (this.#come.length > 0 && this.#listener) await this.#listener.frames(this.#come.splice(0));
    } finally {
      this.#showing = false;
    }
  }
}

/** The bytes as a buffer of their own, which begins at a multiple of 8. */
function wholeBuffer(view: DataView | ArrayBuffer): ArrayBuffer {
  if (view instanceof ArrayBuffer) return view;
  const { buffer, byteOffset, byteLength } = view;
  if (byteOffset === 0 && byteLength === buffer.byteLength) return buffer as ArrayBuffer;
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
}
