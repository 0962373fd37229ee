// The blue-to-orange ramp of the maps: from −1 over 0 to 1, light and dark.
const LIGHT = ["#0d4880", "#2870b5", "#68a0d3", "#b0cee9", "#f4f5f4", "#f7d4aa", "#eca158", "#d26816", "#963e02"];
const DARK = ["#96cbfa", "#5aa0dd", "#2c689e", "#1f3d58", "#1b2125", "#503218", "#8f5218", "#d58030", "#ffba74"];

/** 256 colours as RGBA, little-endian, for a Uint32Array over an ImageData's buffer. */
export function ramp(dark: boolean): Uint32Array {
  const stops = (dark ? DARK : LIGHT).map((hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)));
  const colours = new Uint32Array(256);
  for (let i = 0; i < 256; i++) {
    const at = (i / 255) * (stops.length - 1);
    const low = stops[Math.floor(at)]!, high = stops[Math.ceil(at)]!;
    const share = at - Math.floor(at);
    const [r, g, b] = low.map((part, k) => Math.round(part + share * (high[k]! - part))) as [number, number, number];
    colours[i] = 0xff000000 | (b << 16) | (g << 8) | r;
  }
  return colours;
}

/** A map of 0 … 255 as a picture. */
export function picture(map: ArrayLike<number>, width: number, height: number, colours: Uint32Array): ImageData {
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < pixels.length; i++) pixels[i] = colours[map[i] ?? 128]!;
  return image;
}

/** The ramp's middle part only: such a share of it on both sides. Large maps are calmer so. */
export function softRamp(dark: boolean, share: number): Uint32Array {
  const full = ramp(dark);
  return full.map((_, at) => full[Math.round(127.5 + (at - 127.5) * share)]!);
}

/** How much of the ramp the maps of units take. */
export const MAPS = 0.8;

/** The colour for a number of −1 … 1 as a CSS word. */
export function rampColour(value: number, colours: Uint32Array): string {
  const at = Math.round(127.5 * (Math.max(-1, Math.min(1, value)) + 1));
  const colour = colours[at]!;
  return `rgb(${colour & 255} ${(colour >> 8) & 255} ${(colour >> 16) & 255})`;
}
