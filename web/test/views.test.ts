// What the panels make of frames: the answer for a sample, histograms, a drawing's ink.
import assert from "node:assert/strict";
import { test } from "node:test";
import { canBeDrawn as fits, histograms, ofWeights, percent, together } from "../src/panels/loss/histograms.ts";
import { boxOf, canBeDrawn, moved, nounOf, Strokes } from "../src/panels/network/strokes.svelte.ts";
import { answered, effectCodes, effectsOf, largest, parts, probability } from "../src/panels/output/sample.ts";
import type { Frame } from "../src/protocol.ts";

const sample: Frame = {
  kind: "sample",
  words: { said: "3", logits: [1, 8.33, -2], pro: 11.75, contra: -3.19 },
  arrays: {
    outputs: { shape: [3], values: new Float32Array([0.2, 0.7, 0.1]) },
    effects: { shape: [3, 2], values: new Float32Array([1, 2, 3, 4, 5, 6]) },
  },
};

test("the answer: classes by probability, what the logit is made of", () => {
  const found = answered(sample, ["5", "3", "8"])!;
  assert.equal(found.said, 1);
  assert.deepEqual(found.order, [1, 0, 2]);
  assert.deepEqual(parts(found), { pro: "11.75", contra: "−3.19", biases: "−0.23", together: "8.33" });
  assert.deepEqual([...effectsOf(sample, 1)], [3, 4]);
  assert.equal(answered(sample, ["0", "1"]), null); // of other data
  assert.equal(answered(null, ["0"]), null);
  assert.equal(probability(1e-9), "0.000");
});

test("effects as colours: 128 is nothing, the largest is at the end", () => {
  assert.equal(largest([1, -4], [3]), 4);
  assert.deepEqual([...effectCodes([0, -4, 4, NaN, 2], 4)], [128, 1, 255, 128, 192]);
  assert.deepEqual([...effectCodes([0, 1], 0)], [128, 128]);
});

test("histograms by layer, on one axis", () => {
  const frame: Frame = {
    kind: "histograms", words: { layers: ["hidden", "output"] },
    arrays: {
      weights: { shape: [2, 2], values: new Int32Array([1, 2, 3, 4]) },
      weight_edges: { shape: [2, 2], values: new Float32Array([-1, 2, -3, 1]) },
    },
  };
  const found = histograms(frame, null, "weights");
  assert.deepEqual(found.map(({ title, counts, edges }) => [title, [...counts], edges]), [
    ["hidden", [1, 2], [-1, 2]], ["output", [3, 4], [-3, 1]],
  ]);
  assert.deepEqual(histograms(frame, null, "activations"), []);
  assert.deepEqual(together([[-1, 2], [-3, 1], [-Infinity, Infinity]]), [-3, 2]);
  assert.equal(fits([-Infinity, 0]), false);
  assert.deepEqual(ofWeights([3, -4, 0, 1]), { mean: 0, rms: Math.sqrt(26 / 4) });
  assert.deepEqual([0, 0.001, 0.444, 0.999, 1].map(percent), ["0 %", "< 1 %", "44 %", "> 99 %", "100 %"]);
});

test("strokes: begun, gone on with, taken back; left without telling", () => {
  const pad = new Strokes();
  pad.begin(1, 2);
  pad.add([3, 4, 5, 6]);
  pad.begin(7, 8);
  assert.deepEqual(pad.strokes, [[1, 2, 3, 4, 5, 6], [7, 8]]);
  pad.undo();
  assert.deepEqual(pad.strokes, [[1, 2, 3, 4, 5, 6]]);
  assert.notEqual(pad.told, pad.strokes);
  pad.leave();
  assert.deepEqual(pad.strokes, []);
  assert.equal(pad.told, pad.strokes);
});

test("the box of the ink, what was done to it, and what can be drawn", () => {
  const pixels = new Uint8Array(25);
  assert.equal(boxOf(pixels, 5), null);
  pixels[5 + 2] = pixels[10 + 3] = 255;
  pixels[24] = 10; // too faint
  assert.deepEqual(boxOf(pixels, 5), [2, 1, 2, 2]);
  assert.equal(moved([3, -1.94], 1.234), "3.0 right, 1.9 up, × 1.23");
  assert.deepEqual([[28, 28], [8, 8], [2, 2], [28, 8]].map((s) => canBeDrawn(s as [number, number])), [true, true, false, false]);
  assert.deepEqual(["digits", "mnist", "fashion-mnist", "own"].map(nounOf), ["a digit", "a digit", "a picture", "a picture"]);
});
