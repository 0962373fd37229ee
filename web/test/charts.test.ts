// Scales, ticks and paths of charts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { bandPath, extent, linePath, nearest, smooth, spread } from "../src/charts/path.ts";
import { below, logTicks, niceStep, roomy, scale, tickText, ticks } from "../src/charts/scale.ts";

test("a scale and its way back, linear and logarithmic", () => {
  const linear = scale([0, 10], [100, 0]);
  assert.equal(linear(0), 100);
  assert.equal(linear(2.5), 75);
  assert.equal(linear.value(75), 2.5);
  const log = scale([0.01, 1], [0, 200], true);
  assert.ok(Math.abs(log(0.1) - 100) < 1e-9);
  assert.ok(Math.abs(log.value(100) - 0.1) < 1e-9);
  assert.equal(log(0), 0); // what a logarithm can't show lies at the lower end
  assert.equal(log(-1), 0);
});

test("a scale of no width does not divide by nothing", () => {
  assert.equal(scale([3, 3], [0, 100])(3), 0);
});

test("ticks are round and hold both ends", () => {
  assert.deepEqual(ticks(0, 1.2, 4), [0, 0.5, 1]);
  assert.deepEqual(ticks(0, 200, 4), [0, 50, 100, 150, 200]);
  assert.deepEqual(ticks(0, 2, 4, 1), [0, 1, 2]); // no parts of an epoch
  assert.deepEqual(ticks(-0.3, 0.3, 6), [-0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3]);
  assert.equal(niceStep(0, 5), 1);
});

test("ticks of a logarithmic axis", () => {
  assert.deepEqual(logTicks(0.05, 0.8, 5), [0.05, 0.1, 0.2, 0.5]);
  assert.deepEqual(logTicks(0.003, 0.3, 5), [0.003, 0.01, 0.03, 0.1, 0.3]);
  assert.deepEqual(logTicks(1e-8, 1, 5), [1e-8, 1e-6, 1e-4, 0.01, 1]);
  assert.ok(logTicks(1e-30, 1, 4).length <= 4);
});

test("roomy and below", () => {
  assert.deepEqual([0.7, 1, 1.01, 181, 200, 0].map(roomy), [0.8, 1, 1.5, 200, 200, 1]);
  assert.deepEqual([0.1, 0.05, 0.3, 7].map(below), [0.1, 0.05, 0.2, 5]);
});

test("the words of ticks", () => {
  assert.deepEqual([0, 0.1, -0.25, 1000, 0.1 + 0.2].map(tickText), ["0", "0.1", "−0.25", "1,000", "0.3"]);
  assert.equal(tickText(1e-8), "1e−8");
  assert.equal(tickText(2.5e6), "2.5e6");
});

test("paths have gaps where values aren't finite", () => {
  const same = (value: number) => value;
  assert.equal(linePath([0, 1, 2, 3], [5, NaN, 7, 8], same, same), "M0 5h0M2 7h0L3 8");
  assert.equal(linePath([], [], same, same), "");
  assert.equal(bandPath([0, 1], [1, 2], [3, 4], same, same), "M0 3L1 4L1 2L0 1Z");
  assert.equal(bandPath([0, 1], [1, Infinity], [3, Infinity], same, same), "M0 3L0 1Z");
});

test("the nearest x of a rising list", () => {
  assert.equal(nearest([], 3), -1);
  assert.deepEqual([-5, 0, 3.9, 4.1, 99].map((x) => nearest([0, 2, 6], x)), [0, 0, 1, 2, 2]);
});

test("labels keep their distance, within bounds and in their order", () => {
  assert.deepEqual(spread([10, 50], 14, 0, 100), [10, 50]);
  assert.deepEqual(spread([50, 50], 14, 0, 100), [50, 64]);
  assert.deepEqual(spread([99, 98], 14, 0, 100), [100, 86]);
});

test("running means go by the logarithm and leave out what has none", () => {
  const close = (found: Float64Array, wanted: number[]) =>
    found.forEach((value, i) => assert.ok(Math.abs(value - wanted[i]!) < 1e-12));
  close(smooth([1, 100, 1], 0), [1, 100, 1]);
  close(smooth([1, 100, 0, NaN, 4], 1), [10, 10, 100, 4, 4]);
  assert.ok(Number.isNaN(smooth([0, 0], 1)[0]));
});

test("the extent of lists leaves out what is not finite", () => {
  assert.deepEqual(extent([[1, NaN, 3], [Infinity, 0]]), [0, 3]);
  assert.deepEqual(extent([[0, 0.5]], 0), [0.5, 0.5]);
  assert.equal(extent([[]]), null);
});
