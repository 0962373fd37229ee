// How the page reaches an engine: over a WebSocket, in a Web Worker, in a notebook, or from a
// recording. The page knows no more of it than this.
import type { Command, Frame } from "../protocol.ts";

export type Connection =
  /** note: what is being done, such as "Starting Python in this browser"; done, all: bytes. */
  | { state: "starting"; note: string; done?: number; all?: number }
  | { state: "open" }
  /** note: a sentence; retry: seconds until the next try, if there will be one. */
  | { state: "lost"; note: string; retry?: number };

export interface Listener {
  /** Frames that came at once; when the promise is kept, the engine may send more. */
  frames(frames: Frame[]): Promise<void> | void;
  connected(connection: Connection): void;
}

export interface Transport {
  /** What can be done over it: a recording takes no commands but seek and now. */
  readonly kind: "server" | "worker" | "notebook" | "replay";
  start(listener: Listener): void;
  send(command: Command, arrays?: Record<string, Uint8Array | Float32Array | Int32Array>,
       shapes?: Record<string, number[]>): void;
  /** Try again now, where the connection was lost. */
  retry?(): void;
}
