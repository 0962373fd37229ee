// Frames as bytes: what is encoded is read back, and bundles are taken apart.
import assert from "node:assert/strict";
import { test } from "node:test";
import { encode, unbundle } from "../src/transport/bytes.ts";

/** Frames as the engine sends them: each behind its length, padded to 8 bytes. */
function bundle(...frames: ArrayBuffer[]): ArrayBuffer {
  const padded = (length: number) => length + ((8 - (length % 8)) % 8);
  const all = new Uint8Array(frames.reduce((sum, f) => sum + 8 + padded(f.byteLength), 0));
  let place = 0;
  for (const frame of frames) {
    new DataView(all.buffer).setBigUint64(place, BigInt(frame.byteLength), true);
    all.set(new Uint8Array(frame), place + 8);
    place += 8 + padded(frame.byteLength);
  }
  return all.buffer;
}

test("words and arrays come back", () => {
  const arrays = {
    ink: new Uint8Array([0, 128, 255]),
    points: new Float32Array([0.5, -1.25]),
    targets: new Int32Array([7, -1]),
  };
  const message = encode({ do: "draw", name: "déjà vu ✓" }, arrays, { points: [1, 2] });
  const [frame] = unbundle(bundle(message));
  assert.equal(frame!.kind, "draw");
  assert.deepEqual(frame!.words, { name: "déjà vu ✓" });
  assert.deepEqual(frame!.arrays["ink"], { shape: [3], values: arrays.ink });
  assert.deepEqual(frame!.arrays["points"], { shape: [1, 2], values: arrays.points });
  assert.deepEqual(frame!.arrays["targets"], { shape: [2], values: arrays.targets });
});

test("arrays begin at multiples of 8 bytes, whatever the header's length", () => {
  for (let length = 0; length < 9; length++) {
    const message = encode({ do: "x", name: "a".repeat(length) }, { a: new Uint8Array([1]) });
    const header = new DataView(message).getUint32(0, true);
    assert.equal((4 + header) % 8, 0);
  }
});

test("a bundle of several frames, with an empty array and none", () => {
  const one = encode({ do: "one" }, { a: new Float32Array(0) }, { a: [0, 3] });
  const two = encode({ do: "two", n: 2 }, {});
  const frames = unbundle(bundle(one, two, one));
  assert.deepEqual(frames.map((frame) => frame.kind), ["one", "two", "one"]);
  assert.deepEqual(frames[0]!.arrays["a"], { shape: [0, 3], values: new Float32Array(0) });
  assert.deepEqual(frames[1]!.words, { n: 2 });
});

test("an empty bundle has no frames; arrays lie in the buffer, uncopied", () => {
  assert.deepEqual(unbundle(new ArrayBuffer(0)), []);
  const buffer = bundle(encode({ do: "a" }, { v: new Float32Array([1, 2]) }));
  assert.equal(unbundle(buffer)[0]!.arrays["v"]!.values.buffer, buffer);
});
