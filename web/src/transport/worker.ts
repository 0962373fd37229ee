// The engine in this browser: Python in a Web Worker, without a server. The worker's script lies
// beside the page.
import type { Command } from "../protocol.ts";
import { encode, unbundle } from "./bytes.ts";
import type { Connection, Listener, Transport } from "./transport.ts";

const SCRIPT = "worker.js";

export class WorkerTransport implements Transport {
  readonly kind = "worker";
  #listener: Listener | null = null;
  #worker: Worker | null = null;

  start(listener: Listener): void {
    this.#listener = listener;
    this.#begin();
  }

  /** Commands that come before Python is there wait for it in the worker. */
  send(
    command: Command,
    arrays?: Record<string, Uint8Array | Float32Array | Int32Array>,
    shapes?: Record<string, number[]>,
  ): void {
    if (!arrays) this.#worker?.postMessage(JSON.stringify(command));
    else {
      const message = encode(command, arrays, shapes);
      this.#worker?.postMessage(message, [message]);
    }
  }

  /** Start Python anew. */
  retry(): void {
    this.#worker?.terminate();
    this.#begin();
  }

  #begin(): void {
    this.#tell({ state: "starting", note: "Starting Python in this browser" });
    let worker: Worker;
    try {
      worker = new Worker(new URL(SCRIPT, document.baseURI), { type: "module" });
    } catch {
      this.#tell({ state: "lost", note: unserved() });
      return;
    }
    this.#worker = worker;
    worker.onmessage = async ({ data }: MessageEvent<ArrayBuffer | Connection>) => {
      if (worker !== this.#worker) return;
      if (data instanceof ArrayBuffer) {
        await this.#listener!.frames(unbundle(data));
        worker.postMessage('{"do":"seen"}');
      } else this.#tell(data);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      if (worker === this.#worker) this.#tell({ state: "lost", note: unserved() });
    };
  }

  #tell(connection: Connection): void {
    this.#listener!.connected(connection);
  }
}

function unserved(): string {
  return location.protocol === "file:"
    ? "A browser runs no Python from files on a disk: serve the folder, such as with python -m " +
        "http.server, and open its address."
    : `${SCRIPT} could not be started: is the folder whole, and is this browser a current one?`;
}
