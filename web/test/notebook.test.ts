// The way to a notebook's kernel: what comes while a picture is drawn is shown with the next one.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Frame } from "../src/protocol.ts";
import { encode, unbundle } from "../src/transport/bytes.ts";
import { type Model, NotebookTransport } from "../src/transport/notebook.ts";

/** A message with one frame, as a part of a larger buffer that begins at an odd place. */
function message(step: number): DataView {
  const frame = new Uint8Array(encode({ do: "status", step }, { x: new Float32Array([step]) }));
  const bundle = new Uint8Array(3 + 8 + frame.length + ((8 - (frame.length % 8)) % 8));
  new DataView(bundle.buffer).setBigUint64(3, BigInt(frame.length), true);
  bundle.set(frame, 11);
  return new DataView(bundle.buffer, 3);
}

function setUp() {
  const listeners = new Map<string, (...told: unknown[]) => void>();
  const sent: unknown[][] = [];
  const shown: Frame[][] = [];
  let next = () => {};
  const model = {
    get: () => 600,
    on: (event: string, listener: never) => void listeners.set(event, listener),
    off: (event: string) => void listeners.delete(event),
    send: (...parts: unknown[]) => void sent.push(parts),
  } satisfies Model;
  const transport = new NotebookTransport(model);
  const states: string[] = [];
  transport.start({
    frames: (frames) => {
      shown.push(frames);
      return new Promise<void>((done) => (next = done));
    },
    connected: ({ state }) => void states.push(state),
  });
  const hand = (step: number) => listeners.get("msg:custom")?.({ kind: "bundle" }, [message(step)]);
  const draw = async () => {
    next();
    await new Promise((done) => setTimeout(done));
  };
  return { transport, listeners, sent, shown, states, hand, draw };
}

const steps = (frames: Frame[]) => frames.map((frame) => frame.words["step"]);

test("the newest wins while a picture is drawn", async () => {
  const { shown, states, hand, draw } = setUp();
  assert.deepEqual(states, ["open"]);
  hand(1);
  hand(2);
  hand(3);
  assert.deepEqual(shown.map(steps), [[1]]);
  await draw();
  assert.deepEqual(shown.map(steps), [[1], [2, 3]]);
  assert.equal(shown[1]![1]!.arrays["x"]!.values[0], 3);
});

test("commands go as they are, with arrays as one frame", () => {
  const { transport, sent } = setUp();
  transport.send({ do: "seek", step: 3 });
  transport.send({ do: "draw" }, { ink: new Uint8Array([1, 2]) }, { ink: [1, 2] });
  assert.deepEqual(sent[0], [{ do: "seek", step: 3 }]);
  assert.deepEqual(sent[1]![0], { do: "draw" });
  const frame = new Uint8Array((sent[1]![2] as ArrayBuffer[])[0]!);
  const bundle = new Uint8Array(8 + frame.length + ((8 - (frame.length % 8)) % 8));
  new DataView(bundle.buffer).setBigUint64(0, BigInt(frame.length), true);
  bundle.set(frame, 8);
  const [read] = unbundle(bundle.buffer);
  assert.equal(read!.kind, "draw");
  assert.deepEqual(read!.arrays["ink"]!.shape, [1, 2]);
});

test("what isn't for the page, and what comes after the end, is left alone", () => {
  const { transport, listeners, shown } = setUp();
  const hear = listeners.get("msg:custom")!;
  hear({ kind: "other" }, [message(1)]);
  hear(null, []);
  transport.stop();
  hear({ kind: "bundle" }, [message(1)]);
  assert.equal(listeners.size, 0);
  assert.deepEqual(shown, []);
});
