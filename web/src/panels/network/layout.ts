// Where everything in the diagram lies: columns, the units' places, links; from the network's
// shapes and the panel's size alone.
import type { Column, Layout, Pair, Plan, Slot } from "./plan.ts";
import { BLOCK_ROWS, edge, moved, MOST_SINGLE, shape, slim, type Loose } from "./columns.ts";

const NARROW = 90; // a column's share of the width, below which a network is deep
const OPEN_GAP = 280; // the widest gap of an open pair

export function layOut(plan: Plan): Layout {
  const { height, data, layers } = plan;
  const hidden = layers.length - 1;
  let cap = tileCap(plan);
  let first = edge(plan, "first", cap), last = edge(plan, "last", cap);
  let room = last.x - (first.x + first.width);
  const open = Math.max(0, Math.min(hidden, plan.open ?? Math.max(0, hidden - 1)));
  const shapes = (tile: number) => layers.slice(0, -1).map((units) => shape(units, plan, cap, tile));
  const free = () => room - middle.reduce((sum, column) => sum + column.width, 0);
  const largest = Math.max(36, Math.min(60, height / BLOCK_ROWS - 12));
  let middle = shapes(largest);
  // Blocks give way before columns are closed.
  const hasBlocks = middle.some((column) => column.form === "block");
  for (let tile = largest - 2; hasBlocks && tile >= 12 && free() < 48 * (hidden + 1); tile -= 2)
    middle = shapes(tile);
  const least = data === "plane" && !hasBlocks ? NARROW - cap : 32;
  const deep = hidden >= 2 && free() < least * (hidden + 1);
  if (deep) {
    cap = tileCap(plan, true);
    [first, last] = [edge(plan, "first", cap), edge(plan, "last", cap)];
    room = last.x - (first.x + first.width);
    middle = shapes(28).map((column, place) =>
      place + 1 === open || place === open ? column : slim(layers[place]!, height));
  }
  const gaps = deep ? deepGaps(free(), hidden + 1, open)
    : Array<number>(hidden + 1).fill(free() / (hidden + 1));
  const columns: Column[] = [{ ...first, layer: -1 }];
  let x = first.x + first.width;
  middle.forEach((column, place) => {
    x += gaps[place]!;
    columns.push({ ...moved(column, x), layer: place });
    x += column.width;
  });
  columns.push({ ...last, layer: hidden });
  const pairs = columns.slice(1).map((to, place): Pair => {
    const form = deep && place !== open ? "grey"
      : isSingle(columns[place]!) && isSingle(to) ? "links" : "bands";
    return { from: place, to: place + 1, form };
  });
  return { columns, pairs, deep, open };
}

/** The middle of a column, where its head stands. */
export function middleOf(column: Slot): number {
  return column.x + column.width / 2;
}

function isSingle(column: Loose): boolean {
  return column.form !== "block" && column.form !== "picture";
}

/** The largest tile: that of the fullest single column, but not tiny for the others' sake. */
function tileCap({ layers, inputs, data, height, width }: Plan, deep = false): number {
  const counts = data === "plane" ? [inputs, ...layers] : layers.slice(0, -1);
  const most = Math.max(5, ...counts.filter((count) => count <= MOST_SINGLE));
  const fits = Math.min(
    (0.89 * height) / most, deep ? 40 : (0.3 * width) / (layers.length + 1), deep ? 0.1 * width : 64,
  );
  return Math.round(Math.max(26, fits));
}

/** Most of the room goes to the open pair. */
function deepGaps(room: number, count: number, open: number): number[] {
  const others = count - 1;
  let small = Math.max(8, Math.min(30, (0.4 * room) / others));
  if (room - small * others > OPEN_GAP) small = Math.min(64, (room - OPEN_GAP) / others);
  return Array.from({ length: count }, (_, place) => (place === open ? room - small * others : small));
}

export { MOST_SINGLE, MOST_TILES } from "./columns.ts";
