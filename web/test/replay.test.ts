// A recording answers like an engine that only looks back.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import type { Frame } from "../src/protocol.ts";
import { encode } from "../src/transport/bytes.ts";
import { nearestStep, ReplayTransport } from "../src/transport/replay.ts";

const STEPS = [0, 3, 7, 10];

function bundled(...commands: ({ do: string } & Record<string, unknown>)[]): string {
  const parts = commands.map((command) => {
    const frame = new Uint8Array(encode(command, {}));
    const room = (8 - (frame.length % 8)) % 8;
    const part = new Uint8Array(8 + frame.length + room);
    new DataView(part.buffer).setBigUint64(0, BigInt(frame.length), true);
    part.set(frame, 8);
    return Buffer.from(part);
  });
  return Buffer.concat(parts).toString("base64");
}

function replay() {
  const seen: Frame[] = [];
  const transport = new ReplayTransport({
    bundles: [
      bundled({ do: "hello", version: "1" }, { do: "data", name: "spiral" }),
      ...STEPS.map((step) => bundled({ do: "status", line: 0, step, steps: step, batches: 5, playing: true })),
    ],
    steps: STEPS,
  });
  transport.start({ frames: (frames) => void seen.push(...frames), connected: () => {} });
  const status = () => seen.findLast((frame) => frame.kind === "status")!.words;
  return { transport, seen, status };
}

test("it begins with what was set and the last step, paused", () => {
  const { seen, status } = replay();
  assert.deepEqual(seen.map((frame) => frame.kind), ["hello", "data", "status"]);
  assert.deepEqual([status()["step"], status()["steps"], status()["playing"]], [10, 10, false]);
  assert.deepEqual(status()["kept"], STEPS);
});

test("seek shows the nearest recorded step; now the last", () => {
  const { transport, status } = replay();
  transport.send({ do: "seek", step: 4 });
  assert.equal(status()["step"], 3);
  assert.equal(status()["steps"], 10);
  transport.send({ do: "step" });
  assert.equal(status()["step"], 7);
  transport.send({ do: "now" });
  assert.equal(status()["step"], 10);
  transport.send({ do: "reset" });
  assert.equal(status()["step"], 0);
  transport.send({ do: "epoch" });
  assert.equal(status()["step"], 7); // the first recorded step of a later epoch
  assert.equal(nearestStep([], 3), 0);
});

test("play goes from step to step by the clock and ends paused", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { transport, seen, status } = replay();
  transport.send({ do: "play" });
  assert.deepEqual([status()["step"], status()["playing"]], [0, true]);
  for (let i = 0; i < 3; i++) {
    mock.timers.tick(90);
    for (let k = 0; k < 5; k++) await Promise.resolve();
  }
  assert.deepEqual([status()["step"], status()["playing"]], [10, false]);
  const before = seen.length;
  mock.timers.tick(1000);
  assert.equal(seen.length, before);
  transport.send({ do: "play", speed: 1 });
  transport.send({ do: "pause" });
  mock.timers.tick(5000);
  assert.deepEqual([status()["step"], status()["playing"]], [0, false]);
  mock.timers.reset();
});

test("what it can't do it says; what a page wants changes nothing", () => {
  const { transport, seen } = replay();
  const before = seen.length;
  transport.send({ do: "want", views: ["loss"] });
  transport.send({ do: "seen" });
  assert.equal(seen.length, before);
  transport.send({ do: "set", field: "learning_rate", value: 1 });
  const error = seen.at(-1)!;
  assert.equal(error.kind, "error");
  assert.match(String(error.words["message"]), /recording/);
  assert.equal(error.words["about"], "set");
});
