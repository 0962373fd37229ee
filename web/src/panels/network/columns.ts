// The forms of the diagram's columns: units one below the other, blocks of tiles, slim columns,
// inputs and outputs. Each at x = 0, to be moved to its place.
import type { Column, Plan } from "./plan.ts";

export type Loose = Omit<Column, "layer">;

export const MOST_SINGLE = 16; // units drawn one below the other
export const MOST_TILES = 48;
export const BLOCK_ROWS = 8;
const STRIP = { width: 52, height: 16 };
export const STRIP_ROOM = 46; // below a block, for the strip of all its units

export function moved(column: Loose, x: number): Loose {
  return { ...column, x, slots: column.slots.map((slot) => ({ ...slot, x: x + slot.x })) };
}

export function shape(units: number, { data, height }: Plan, cap: number, tile: number): Loose {
  if (units > MOST_SINGLE) return block(units, height, tile);
  return data === "plane" ? single(units, height, cap, cap)
    : single(units, height, STRIP.width, STRIP.height);
}

function single(units: number, height: number, wide: number, high: number): Loose {
  const square = wide === high;
  const pitch = Math.min(height / Math.max(1, units), high + 10);
  const tall = Math.max(4, Math.min(high, 0.89 * pitch));
  const across = square ? tall : wide;
  const y = (height - pitch * units) / 2;
  const slots = Array.from({ length: units }, (_, place) => ({
    x: (wide - across) / 2, y: y + place * pitch + (pitch - tall) / 2, width: across, height: tall,
  }));
  return { x: 0, y, width: wide, height: pitch * units, units, form: "units", slots, across: 1 };
}

function block(units: number, height: number, tile: number): Loose {
  const shown = Math.min(units, MOST_TILES);
  const usable = height - (units > MOST_TILES ? STRIP_ROOM : 0);
  const size = Math.max(8, Math.min(tile, usable / BLOCK_ROWS - 7));
  const across = Math.ceil(shown / BLOCK_ROWS), rows = Math.ceil(shown / across);
  const gap = size > 24 ? 9 : 4;
  const pitch = Math.min(usable / rows, size + 12);
  const y = (usable - pitch * rows) / 2;
  const slots = Array.from({ length: shown }, (_, place) => ({
    x: (place % across) * (size + gap), y: y + Math.floor(place / across) * pitch,
    width: size, height: size,
  }));
  const width = across * (size + gap) - gap;
  return { x: 0, y, width, height: pitch * rows, units, form: "block", slots, across };
}

export function slim(units: number, height: number): Loose {
  const shown = Math.min(units, MOST_SINGLE);
  const pitch = Math.min(13, (0.7 * height) / shown);
  const y = (height - pitch * shown) / 2;
  const slots = Array.from({ length: shown }, (_, place) => ({
    x: 0, y: y + place * pitch, width: 11, height: Math.max(2, pitch - 2),
  }));
  return { x: 0, y, width: 11, height: pitch * shown, units, form: "slim", slots, across: 1 };
}

/** The inputs' or the outputs' column, in its place. */
export function edge(plan: Plan, which: "first" | "last", cap: number): Loose {
  const { width, height, data, inputs, layers, labels } = plan;
  const units = which === "first" ? inputs : layers.at(-1)!;
  if (data === "plane") {
    const column = units > MOST_SINGLE ? block(units, height, 24) : single(units, height, cap, cap);
    return moved(column, which === "first" ? labels : width - labels - column.width);
  }
  if (which === "last") {
    const few = units <= 4;
    const across = few ? Math.max(64, Math.min(96, 0.125 * width))
      : Math.max(96, Math.min(220, 0.225 * width));
    return lines(units, width - across, across, height, few ? 96 : 34, "outputs");
  }
  if (data === "picture") {
    const { across, y, small } = pictureSizes(width, height, plan.pad ?? false);
    return { x: 0, y, width: across, height: small, units, form: "picture", slots: [], across: 1 };
  }
  const across = Math.max(168, Math.min(420, 0.8 * width - 102 * (layers.length - 1)));
  return lines(units, 0, across, height, 44, "rows");
}

export const ABOVE = 27; // of the pad's head, beside the layers' heads
const PAD_HEAD = 33, TOLD = 41; // above the pad, and between it and the picture

/** The pad (across a side), and below it the picture (small a side) whose top is at y. */
export function pictureSizes(width: number, height: number, pad: boolean): { across: number; y: number; small: number } {
  const across = Math.max(84, Math.min(260, 0.245 * width));
  if (!pad) {
    const small = Math.min(across, height - TOLD);
    return { across: small, y: (height - small) / 2, small };
  }
  const room = height + ABOVE - PAD_HEAD - TOLD;
  const side = Math.min(across, 0.59 * room);
  const small = Math.min(0.7 * side, room - side);
  return { across: side, y: PAD_HEAD - ABOVE + side + TOLD, small };
}

function lines(
  units: number, x: number, width: number, height: number, most: number, form: "rows" | "outputs",
): Loose {
  const pitch = Math.min(height / Math.max(1, units), most);
  const y = (height - pitch * units) / 2;
  const slots = Array.from({ length: units }, (_, place) => ({
    x, y: y + place * pitch, width, height: pitch,
  }));
  return { x, y, width, height: pitch * units, units, form, slots, across: 1 };
}
