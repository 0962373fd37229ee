// Frames as bytes, the counterpart of glassnet/lab/frames.py.
import type { Frame, NumberArray, Values } from "../protocol.ts";

interface Place {
  type: "f4" | "f8" | "u1" | "u2" | "i4";
  shape: number[];
  offset: number;
}

const KINDS = {
  f4: Float32Array, f8: Float64Array, u1: Uint8Array, u2: Uint16Array, i4: Int32Array,
} as const;

/** The frames of a bundle; their arrays lie in the buffer, uncopied. */
export function unbundle(buffer: ArrayBuffer): Frame[] {
  const view = new DataView(buffer);
  const frames: Frame[] = [];
  let place = 0;
  while (place < buffer.byteLength) {
    const length = Number(view.getBigUint64(place, true));
    frames.push(decode(buffer, place + 8, view));
    place += 8 + length + padding(length);
  }
  return frames;
}

function decode(buffer: ArrayBuffer, start: number, view: DataView): Frame {
  const length = view.getUint32(start, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, start + 4, length)));
  const { kind, arrays: places, ...words } = header as {
    kind: string;
    arrays: Record<string, Place>;
  };
  const arrays: Record<string, NumberArray> = {};
  for (const [name, { type, shape, offset }] of Object.entries(places)) {
    const count = shape.reduce((product, side) => product * side, 1);
    const values = new KINDS[type](buffer, start + 4 + length + offset, count) as Values;
    arrays[name] = { shape, values };
  }
  return { kind, words, arrays };
}

/** A command with arrays, as one frame. */
export function encode(
  command: { do: string } & Record<string, unknown>,
  arrays: Record<string, Uint8Array | Float32Array | Int32Array>,
  shapes: Record<string, number[]> = {},
): ArrayBuffer {
  const places: Record<string, Place> = {};
  let offset = 0;
  for (const [name, values] of Object.entries(arrays)) {
    const type = values instanceof Uint8Array ? "u1" : values instanceof Int32Array ? "i4" : "f4";
    places[name] = { type, shape: shapes[name] ?? [values.length], offset };
    offset += values.byteLength + padding(values.byteLength);
  }
  const { do: kind, ...words } = command;
  let header = new TextEncoder().encode(JSON.stringify({ kind, ...words, arrays: places }));
  const room = padding(4 + header.length);
  header = new Uint8Array([...header, ...new Array<number>(room).fill(32)]);
  const buffer = new ArrayBuffer(4 + header.length + offset);
  new DataView(buffer).setUint32(0, header.length, true);
  new Uint8Array(buffer).set(header, 4);
  for (const [name, values] of Object.entries(arrays)) {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    new Uint8Array(buffer).set(bytes, 4 + header.length + places[name]!.offset);
  }
  return buffer;
}

function padding(length: number): number {
  return (8 - (length % 8)) % 8;
}
