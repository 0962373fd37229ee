// Links to a setting, the time slider's scale and its questions, findings by their kind, labels of
// pictures.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Lab } from "../src/lab.svelte.ts";
import { linkTo, runOf } from "../src/link.ts";
import { labelsOf } from "../src/panels/data/images.ts";
import { firsts, stepBefore } from "../src/panels/doctor/firsts.ts";
import { remedyWords } from "../src/panels/doctor/remedy.ts";
import { axisOf } from "../src/panels/time/axis.ts";
import { Seeker } from "../src/panels/time/seeker.ts";
import type { Finding } from "../src/protocol.ts";
import { bytes, letter, percent, short } from "../src/words.ts";

test("a link holds its run, whatever it is written with", () => {
  const run = { seed: 3, data: { name: "Größe ∑", options: { n: 400 } }, model: { layers: [8, 8] } };
  const link = linkTo(run, "http://127.0.0.1:8000/?a=1#run=old");
  assert.match(link, /^http:\/\/127\.0\.0\.1:8000\/\?a=1#run=[\w-]+$/);
  assert.deepEqual(runOf(new URL(link).hash), run);
});

test("no run in a link is none, a broken one is a sentence", () => {
  assert.equal(runOf(""), null);
  assert.equal(runOf("#theme=dark"), null);
  for (const hash of ["#run=", "#run=%%%", "#run=bnVsbA", "#run=WzFd", "#run=eyJhIjox"])
    assert.throws(() => runOf(hash), /can't be read/);
});

test("the time slider reaches past what was made, in few steps of its marks", () => {
  const start = axisOf(0, 7);
  assert.deepEqual([start.unit, start.end, start.marks.length], ["step", 10, 11]);
  const axis = axisOf(1267, 7);
  assert.equal(axis.unit, "epoch");
  assert.equal(axis.end, 200 * 7);
  assert.deepEqual(axis.marks.map(({ label }) => label).slice(0, 3), ["0", "20", "40"]);
  for (const steps of [1, 9, 10, 11, 99, 101, 12345, 7.6e6]) {
    const { end, marks } = axisOf(steps, 14);
    assert.ok(end >= steps && marks.length <= 13, String(steps));
    assert.equal(marks.at(-1)!.step, end);
  }
  assert.equal(axisOf(5, 1).unit, "epoch");
});

test("a drag asks one step at a time, the latest wins", () => {
  const asked: number[] = [];
  const lab = {
    send: (command: { step: number }) => asked.push(command.step), transport: { kind: "server" },
  } as unknown as Lab;
  const seeker = new Seeker(lab);
  for (const step of [90, 80, 70, 60]) seeker.to(step);
  assert.deepEqual(asked, [90]);
  assert.equal(seeker.idle, false);
  seeker.answered(90);
  assert.deepEqual(asked, [90, 60]);
  seeker.answered(60);
  assert.deepEqual(asked, [90, 60]);
  assert.equal(seeker.idle, true);
});

const finding = (rule: string, step: number, more: Partial<Finding> = {}): Finding => ({
  rule, level: "note", is_alarm: false, seen: "", cause: "", test: "", advice: "", where: "",
  layer: null, epoch: null, step, began: null, row: null, numbers: {}, remedy: null, ...more,
});

test("a repeat belongs to the first of its kind", () => {
  const kinds = firsts([
    finding("loss-spike", 929), finding("dead-units", 950, { layer: "hidden1" }),
    finding("loss-spike", 1088), finding("dead-units", 1200, { layer: "hidden2" }),
  ]);
  assert.deepEqual(kinds.map((kind) => [kind.finding.step, kind.repeats.length]), [[929, 1], [950, 0], [1200, 0]]);
  assert.equal(stepBefore(finding("loss-spike", 929, { began: 920 })), 910);
  assert.equal(stepBefore(finding("loss-spike", 4)), 0);
  assert.equal(remedyWords({ learning_rate: 0.3 }), "0.3");
  assert.equal(remedyWords({ batch_size: 40 }), "batch size 40");
});

test("pictures are labelled by their folder, or by how their names begin", () => {
  assert.deepEqual(labelsOf(["x/cats/1.png", "x/dogs/1.png"]), ["cats", "dogs"]);
  assert.deepEqual(labelsOf(["pets/cat_01.png", "pets/dog-2.jpg", "pets/cow3.png"]), ["cat", "dog", "cow"]);
  assert.deepEqual(labelsOf(["7_001.png", "3_002.png"]), ["7", "3"]);
});

test("numbers as the page writes them", () => {
  assert.deepEqual([short(0.3), short(0.0002), short(-2), short(1e-6)], ["0.3", "0.0002", "−2", "1e−6"]);
  assert.deepEqual([percent(0.3), letter(1), bytes(4198), bytes(20 * 2 ** 20)], ["30 %", "B", "4.1 kB", "20 MB"]);
});
