// Small grey pictures as a sheet on one canvas: ink in the text's colour, the paper shows through.
import type { NumberArray } from "../../protocol.ts";

export function drawSheet(
  canvas: HTMLCanvasElement, pictures: NumberArray, columns: number, count: number,
): void {
  const [, height = 1, width = 1] = pictures.shape;
  const rows = Math.ceil(count / columns);
  canvas.width = columns * (width + 1);
  canvas.height = rows * (height + 1);
  const ink = canvas.getContext("2d")!;
  const [r = 0, g = 0, b = 0] = (getComputedStyle(canvas).color.match(/[\d.]+/g) ?? []).map(Number);
  const colour = (b << 16) | (g << 8) | r;
  const image = ink.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < count; i++) {
    for (let p = 0; p < pixels.length; p++)
      pixels[p] = ((pictures.values[i * width * height + p]! << 24) | colour) >>> 0;
    ink.putImageData(image, (i % columns) * (width + 1), Math.floor(i / columns) * (height + 1));
  }
}
