// The diagram's geometry: columns, links, the order of units.
import assert from "node:assert/strict";
import { test } from "node:test";

import { contour } from "../src/drawing/contour.ts";
import { grid, weightCodes } from "../src/panels/network/codes.ts";
import { layOut } from "../src/panels/network/layout.ts";
import type { Plan } from "../src/panels/network/plan.ts";
import { curve, fall, linkAt, roundScale, strongest } from "../src/panels/network/links.ts";
import { question, written } from "../src/panels/network/names.ts";
import { bySize, effects, spread } from "../src/panels/network/order.ts";

const plan = (change: Partial<Plan>): Plan => ({
  width: 704, height: 335, data: "plane", inputs: 2, layers: [8, 8, 2], labels: 46, open: null,
  ...change,
});

test("a small network stands in even columns, each inside the panel", () => {
  const { columns, pairs, deep } = layOut(plan({}));
  assert.equal(deep, false);
  assert.deepEqual(pairs.map((pair) => pair.form), ["links", "links", "links"]);
  const middles = columns.map((column) => column.x + column.width / 2);
  const steps = middles.slice(1).map((x, i) => x - middles[i]!);
  for (const step of steps) assert.ok(Math.abs(step - steps[0]!) < 0.01, String(steps));
  for (const column of columns)
    for (const slot of column.slots) {
      assert.ok(slot.x >= 0 && slot.x + slot.width <= 704);
      assert.ok(slot.y >= 0 && slot.y + slot.height <= 335);
    }
});

test("units of a column never overlap, whatever the sizes", () => {
  for (const layers of [[1, 2], [16, 2], [16, 16, 10], [3, 3, 3, 3, 2], [32, 10], [800, 10]])
    for (const data of ["plane", "picture", "table"] as const)
      for (const column of layOut(plan({ layers, data, inputs: data === "table" ? 12 : 2 })).columns) {
        const rows = column.slots.filter((_, place) => place % column.across === 0);
        rows.slice(1).forEach((slot, place) =>
          assert.ok(slot.y >= rows[place]!.y + rows[place]!.height - 0.01, `${layers} ${data}`));
      }
});

test("a deep network keeps one pair open", () => {
  const layout = layOut(plan({ layers: [8, 8, 8, 8, 8, 8, 8, 2], open: 4 }));
  assert.equal(layout.deep, true);
  assert.deepEqual(layout.pairs.map((pair) => pair.form),
    ["grey", "grey", "grey", "grey", "links", "grey", "grey", "grey"]);
  assert.deepEqual(layout.columns.map((column) => column.form),
    ["units", "slim", "slim", "slim", "units", "units", "slim", "slim", "units"]);
  layout.columns.slice(1).forEach((column, place) =>
    assert.ok(column.x >= layout.columns[place]!.x + layout.columns[place]!.width + 7.9));
});

test("a wide layer is a block of at most 48 tiles with bands", () => {
  const { columns, pairs } = layOut(plan({ data: "picture", layers: [800, 10] }));
  assert.equal(columns[1]!.form, "block");
  assert.equal(columns[1]!.slots.length, 48);
  assert.equal(columns[1]!.across, 6);
  assert.deepEqual(pairs.map((pair) => pair.form), ["bands", "bands"]);
  assert.ok(columns[1]!.y + columns[1]!.height <= 335 - 40);
});

test("the strongest links are drawn, and all of the focused unit", () => {
  const values = new Float32Array(30 * 16).map((_, i) => i % 7);
  const left = Array.from({ length: 30 }, (_, i) => i), right = left.slice(0, 16);
  const links = strongest({ values, inputs: 30, units: 16 }, left, right, { side: "right", unit: 3 });
  assert.equal(links.length, 400);
  assert.equal(links.filter((link) => link.unit === 3).length, 30);
  assert.equal(strongest({ values, inputs: 30, units: 16 }, [1], [2])[0]!.weight, values[18]);
});

test("the link under the pointer is found along its curve", () => {
  const { columns } = layOut(plan({}));
  const [from, to] = [columns[1]!, columns[2]!];
  const links = [0, 1, 2].map((unit) => ({ input: 0, unit, from: 0, to: unit * 3, weight: 1 }));
  const { down } = fall(0.5);
  assert.ok(Math.abs(down - 0.5) < 1e-6);
  const a = from.slots[0]!, b = to.slots[6]!;
  const x = (a.x + a.width + b.x) / 2, y = (a.y + b.y + a.height) / 2;
  assert.equal(linkAt(links, from, to, x, y)!.unit, 2);
  assert.equal(linkAt(links, from, to, x, y + 90), null);
  assert.match(curve(0, 0, 10, 20), /^M0\.0 0\.0C5\.0 0\.0 5\.0 20\.0 10\.0 20\.0$/);
});

test("scales are round", () => {
  assert.equal(roundScale(2.2), 3);
  assert.equal(roundScale(0), 1);
  assert.equal(roundScale(NaN), 1);
  assert.ok(Math.abs(roundScale(0.031) - 0.05) < 1e-12);
});

test("orders by effect", () => {
  assert.deepEqual(bySize([1, -5, 3]), [1, 2, 0]);
  assert.deepEqual([...effects([1, -2, 0, 1], 2, 2, [2, -1])], [6, -1]);
  assert.deepEqual(spread(100, 4), [12, 37, 62, 87]);
});

test("weights as maps", () => {
  assert.deepEqual(grid(64, [8, 8], false), [8, 8]);
  assert.deepEqual(grid(30, null, true), [10, 3]);
  assert.deepEqual([...weightCodes([1, -2, 0, 2], 2, [1], 2, 2)], [1, 255]);
});

test("names as they are written and asked for", () => {
  assert.equal(written("x1^2"), "x₁²");
  assert.equal(written("x1*x2"), "x₁x₂");
  assert.equal(written("sin(x2)"), "sin x₂");
  assert.equal(written("worst area"), "worst area");
  const layers = [{ name: "hidden1" }, { name: "output" }] as never[];
  assert.deepEqual(question({ layer: 0, unit: 2 }, layers), { unit: "hidden1:3" });
  assert.deepEqual(question({ layer: 1, unit: 6, input: 2 }, layers), { weight: "output:3,7" });
  assert.deepEqual(question({ layer: 1, unit: 6, input: "b" }, layers), { weight: "output:b,7" });
});

test("a contour runs between the signs and reaches the edge", () => {
  const path = contour([-1, 1, -1, 1], 2, 2, 100, 100);
  assert.match(path, /M50\.0 0\.0/);
  assert.match(path, /50\.0 100\.0/);
  assert.equal(contour([1, 1, 1, 1], 2, 2, 100, 100), "");
});
