// Counts, costs and calibration of two-class scores.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as s from "../src/charts/scores.ts";

const scores = [0.05, 0.2, 0.4, 0.6, 0.9, 1];
const truths = [0, 0, 1, 0, 1, 1];

test("logit and back, held at the edges", () => {
  assert.ok(Math.abs(s.fromLogit(s.logit(0.3)) - 0.3) < 1e-12);
  assert.ok(Number.isFinite(s.logit(0)) && Number.isFinite(s.logit(1)));
  assert.equal(s.logit(0.5), 0);
});

test("counts at a threshold; a score on it is of the second class", () => {
  assert.deepEqual(s.countsAt(scores, truths, 0.5), { right: 2, alarms: 1, missed: 1, found: 2 });
  assert.deepEqual(s.countsAt(scores, truths, 0.4), { right: 2, alarms: 1, missed: 0, found: 3 });
  assert.deepEqual(s.countsAt(scores, truths, 2), { right: 3, alarms: 0, missed: 3, found: 0 });
});

test("what mistakes cost, and the threshold that follows from it", () => {
  assert.equal(s.cost(s.countsAt(scores, truths, 0.5), 10), 11);
  assert.equal(s.thresholdByCost(10), 1 / 11);
  assert.equal(s.thresholdByCost(1), 0.5);
});

test("bins along the logit hold every sample once", () => {
  const bins = s.scoreBins(scores, truths, 0.5, 20);
  const sum = (name: keyof s.ScoreBin) => bins.reduce((total, bin) => total + bin[name], 0);
  assert.deepEqual([sum("first"), sum("second"), sum("firstWrong"), sum("secondWrong")], [3, 3, 1, 1]);
  assert.equal(bins[19]!.second, 1); // the score of 1 is in the last bin
});

test("calibration: predicted and observed shares, and the error over the bins", () => {
  const { bins, error } = s.reliability([0.1, 0.12, 0.95, 1], [0, 1, 1, 1], 10);
  assert.equal(bins[1]!.count, 2);
  assert.ok(Math.abs(bins[1]!.predicted! - 0.11) < 1e-12);
  assert.equal(bins[1]!.observed, 0.5);
  assert.equal(bins[9]!.count, 2);
  assert.equal(bins[5]!.predicted, null);
  assert.ok(Math.abs(error! - (2 * 0.39 + 2 * 0.025) / 4) < 1e-12);
  assert.equal(s.reliability([], []).error, null);
});
