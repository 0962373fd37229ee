// The engine behind a WebSocket: `glassnet lab` on this machine, or a server for a class.
import type { Command, Frame } from "../protocol.ts";
import { encode, unbundle } from "./bytes.ts";
import type { Listener, Transport } from "./transport.ts";

const LONGEST_WAIT = 10; // seconds between tries
const TAKEN = 4001, FULL = 4003; // the server's codes for a close
const KEPT_AS = "glassnet-session";

export class SocketTransport implements Transport {
  readonly kind = "server";
  #listener: Listener | null = null;
  #socket: WebSocket | null = null;
  #session: string | null = null;
  #wait = 1;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #unsent: (string | ArrayBuffer)[] = [];

  start(listener: Listener): void {
    this.#listener = listener;
    this.#connect();
  }

  send(
    command: Command,
    arrays?: Record<string, Uint8Array | Float32Array | Int32Array>,
    shapes?: Record<string, number[]>,
  ): void {
    const message = arrays ? encode(command, arrays, shapes) : JSON.stringify(command);
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(message);
    else if (this.#unsent.length < 50) this.#unsent.push(message);
  }

  retry(): void {
    clearTimeout(this.#timer);
    this.#connect();
  }

  #connect(): void {
    const address = new URL("ws", location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    const session = sessionStorage.getItem(KEPT_AS);
    address.search = session === null ? "" : `?session=${encodeURIComponent(session)}`;
    address.hash = "";
    const socket = new WebSocket(address);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    socket.onopen = () => {
      this.#wait = 1;
      this.#listener!.connected({ state: "open" });
      for (const message of this.#unsent.splice(0)) socket.send(message);
    };
    socket.onmessage = async ({ data }: MessageEvent<ArrayBuffer>) => {
      const frames = this.#keepSession(unbundle(data));
      await this.#listener!.frames(frames);
      if (socket.readyState === WebSocket.OPEN) socket.send('{"do":"seen"}');
    };
    socket.onclose = ({ code, reason }) => {
      if (this.#socket !== socket) return;
      if (code === TAKEN || code === FULL) {
        // Another window has the session, or there is no room: only the person can decide.
        this.#listener!.connected({ state: "lost", note: reason || "Another window has taken over." });
        return;
      }
      const retry = this.#wait;
      this.#wait = Math.min(LONGEST_WAIT, 2 * retry);
      this.#timer = setTimeout(() => this.#connect(), 1000 * retry);
      this.#listener!.connected({
        state: "lost", note: reason || "The lab's server does not answer.", retry,
      });
    };
  }

  /** Remember the session; where it is another one than this page had, its run is gone. */
  #keepSession(frames: Frame[]): Frame[] {
    return frames.flatMap((frame) => {
      if (frame.kind !== "session") return [frame];
      const id = String(frame.words["id"]), before = this.#session;
      sessionStorage.setItem(KEPT_AS, (this.#session = id));
      if (before === null || before === id) return [frame];
      return [frame, { kind: "anew", words: {}, arrays: {} }];
    });
  }
}
