// What is drawn on the pad: strokes, and the ink that they make; one pad for each lab.
import type { Lab } from "../../lab.svelte.ts";

/** The pad's side in its own units, which is also the side of the ink that is sent. */
export const SIDE = 112;
export const PEN = 9;
const FAINTEST = 32; // what is lighter is no ink, as the engine has it

export type Stroke = number[]; // x, y, x, y …

export interface Ink {
  pixels: Uint8Array;
  /** Left, top, width, height of what is drawn; null where nothing is. */
  box: [number, number, number, number] | null;
}

export class Strokes {
  strokes = $state.raw<Stroke[]>([]);
  isEmpty = $derived(this.strokes.length === 0);
  /** The strokes that the engine was told of. */
  told: readonly Stroke[] = this.strokes;
  /** The data that they were drawn for. */
  data: unknown = null;

  begin(x: number, y: number): void {
    this.strokes = [...this.strokes, [x, y]];
  }

  /** Go on with the last stroke. */
  add(points: readonly number[]): void {
    const last = this.strokes.at(-1);
    if (last) this.strokes = [...this.strokes.slice(0, -1), [...last, ...points]];
  }

  undo(): void {
    this.strokes = this.strokes.slice(0, -1);
  }

  clear(): void {
    if (!this.isEmpty) this.strokes = [];
  }

  /** Clear without telling the engine: it looks at something else already. */
  leave(): void {
    this.clear();
    this.told = this.strokes;
  }
}

const all = new WeakMap<Lab, Strokes>();

export function strokesOf(lab: Lab): Strokes {
  let found = all.get(lab);
  if (!found) all.set(lab, (found = new Strokes()));
  return found;
}

/** The engine brings drawings to the form of MNIST or of the 8 × 8 digits. */
export function canBeDrawn(shape: readonly [number, number] | null): boolean {
  return shape !== null && shape[0] === shape[1] && (shape[0] === 28 || shape[0] === 8);
}

/** What is drawn: "a digit" where the data are digits. */
export function nounOf(name: string): string {
  return /digit|mnist/i.test(name) && !/fashion/i.test(name) ? "a digit" : "a picture";
}

/** Draw strokes into a context that counts in the pad's units. */
export function paint(context: CanvasRenderingContext2D, strokes: readonly Stroke[], colour: string): void {
  context.lineWidth = PEN;
  context.lineCap = context.lineJoin = "round";
  context.strokeStyle = colour;
  for (const stroke of strokes) {
    context.beginPath();
    context.moveTo(stroke[0]!, stroke[1]!);
    const last = stroke.length - 2;
    // Through the middles between points, with the points as control: smooth at any speed.
    for (let i = 2; i < last; i += 2) {
      const [x, y] = [stroke[i]!, stroke[i + 1]!];
      context.quadraticCurveTo(x, y, (x + stroke[i + 2]!) / 2, (y + stroke[i + 3]!) / 2);
    }
    context.lineTo(stroke[last]!, stroke[last + 1]!);
    context.stroke();
  }
}

let scratch: CanvasRenderingContext2D | null = null;

/** The ink of strokes: 255 where there is most. */
export function inkOf(strokes: readonly Stroke[]): Ink {
  if (!scratch) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = SIDE;
    scratch = canvas.getContext("2d", { willReadFrequently: true })!;
  }
  scratch.clearRect(0, 0, SIDE, SIDE);
  paint(scratch, strokes, "#000");
  const { data } = scratch.getImageData(0, 0, SIDE, SIDE);
  const pixels = new Uint8Array(SIDE * SIDE);
  for (let i = 0; i < pixels.length; i++) pixels[i] = data[4 * i + 3]!;
  return { pixels, box: boxOf(pixels) };
}

export function boxOf(pixels: Uint8Array, side = SIDE): Ink["box"] {
  let left = side, top = side, right = -1, bottom = -1;
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      if (pixels[y * side + x]! < FAINTEST) continue;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      bottom = y;
    }
  return right < 0 ? null : [left, top, right - left + 1, bottom - top + 1];
}

/** "3.0 right, 1.9 down, × 1.23": what was done to a drawing. */
export function moved(shift: readonly [number, number], scale: number | null): string {
  const part = (value: number, more: string, less: string) =>
    `${Math.abs(value).toFixed(1)} ${value < 0 ? less : more}`;
  const parts = [part(shift[0], "right", "left"), part(shift[1], "down", "up")];
  if (scale !== null) parts.push(`× ${scale.toFixed(2)}`);
  return parts.join(", ");
}
