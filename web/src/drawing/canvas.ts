// Canvases: sharp on every screen, and many small maps drawn on one of them without new memory.

/** Give a canvas its size in CSS pixels; its context then counts in them. It's cleared. */
export function fit(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
  const ratio = window.devicePixelRatio || 1;
  const across = Math.max(1, Math.round(width * ratio)), down = Math.max(1, Math.round(height * ratio));
  if (canvas.width !== across || canvas.height !== down) {
    canvas.width = across;
    canvas.height = down;
  }
  const context = canvas.getContext("2d")!;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
  /** 0 … 1: how strongly it is shown. */
  strength?: number;
}

interface Scratch {
  canvas: HTMLCanvasElement;
  context: CanvasRenderingContext2D;
  image: ImageData;
  pixels: Uint32Array;
}
const scratches = new Map<string, Scratch>();

/** A canvas to write pixels on, of which there is one for each size. */
export function scratch(width: number, height: number): Scratch {
  const name = `${width}×${height}`;
  let found = scratches.get(name);
  if (!found) {
    if (scratches.size > 40) scratches.clear();
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext("2d", { willReadFrequently: true })!;
    const image = context.createImageData(width, height);
    found = { canvas, context, image, pixels: new Uint32Array(image.data.buffer) };
    scratches.set(name, found);
  }
  return found;
}

/** Draw maps of columns × rows codes (0 … 255), one after the other in `codes`, into boxes. */
export function drawMaps(
  context: CanvasRenderingContext2D, codes: ArrayLike<number>, columns: number, rows: number,
  boxes: readonly Box[], colours: Uint32Array, smooth: boolean, radius = 3,
): void {
  if (!boxes.length || !columns || !rows) return;
  const { canvas, context: small, image, pixels } = scratch(columns, rows * boxes.length);
  for (let i = 0; i < pixels.length; i++) pixels[i] = colours[codes[i] ?? 128]!;
  small.putImageData(image, 0, 0);
  context.save();
  context.imageSmoothingEnabled = smooth;
  context.beginPath();
  for (const box of boxes) context.roundRect(box.x, box.y, box.width, box.height, radius);
  context.clip();
  boxes.forEach((box, place) => {
    context.globalAlpha = box.strength ?? 1;
    context.drawImage(canvas, 0, place * rows, columns, rows, box.x, box.y, box.width, box.height);
  });
  context.restore();
}
