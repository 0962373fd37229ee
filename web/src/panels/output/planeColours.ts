// The plane's colours: regions of the classes, how sure the network is, a unit's map; and the field
// whose zeros are the boundary.
import { classColour, rgb } from "../../drawing/classes.ts";
import { MAPS, softRamp } from "../../drawing/ramp.ts";

const PAPER = { light: rgb("#f6f7f7"), dark: rgb("#171b1e") };
const MIST = { light: rgb("#59636b"), dark: rgb("#aab4bc") }; // where the network is unsure
const STRENGTH = 0.52; // of the regions: points must stand out on them

function pack(r: number, g: number, b: number): number {
  return (0xff000000 | (b << 16) | (g << 8) | r) >>> 0;
}

/** Regions: maps of k outputs (0 … 255 each, one after the other) as pixels. */
export function regions(maps: ArrayLike<number>, k: number, dark: boolean, into: Uint32Array): void {
  const cells = into.length;
  if (k <= 2) {
    const colours = softRamp(dark, STRENGTH), first = (k - 1) * cells;
    for (let i = 0; i < cells; i++) into[i] = colours[maps[first + i]!]!;
    return;
  }
  const paper = dark ? PAPER.dark : PAPER.light;
  const colours = Array.from({ length: k }, (_, label) => rgb(classColour(label, dark)));
  for (let i = 0; i < cells; i++) {
    let r = 0, g = 0, b = 0, sum = 0;
    for (let label = 0; label < k; label++) {
      // Squared: the winner's colour stays clear where three meet.
      const share = (maps[label * cells + i]! / 255) ** 2, colour = colours[label]!;
      sum += share;
      r += share * colour[0];
      g += share * colour[1];
      b += share * colour[2];
    }
    const strength = (0.55 * Math.min(1, sum * 1.6)) / Math.max(sum, 1e-6), rest = 1 - strength * sum;
    into[i] = pack(paper[0] * rest + r * strength, paper[1] * rest + g * strength, paper[2] * rest + b * strength);
  }
}

/** Confidence: the paler, the surer; grey where the most probable class is hardly so. */
export function confidence(maps: ArrayLike<number>, k: number, dark: boolean, into: Uint32Array): void {
  const cells = into.length, least = 1 / Math.max(2, k);
  const from = dark ? PAPER.dark : PAPER.light, to = dark ? MIST.dark : MIST.light;
  for (let i = 0; i < cells; i++) {
    let most = 0;
    if (k === 1) most = Math.max(maps[i]!, 255 - maps[i]!);
    else for (let label = 0; label < k; label++) most = Math.max(most, maps[label * cells + i]!);
    const unsure = Math.max(0, Math.min(1, (1 - most / 255) / (1 - least)));
    into[i] = pack(...(from.map((part, at) => part + unsure * (to[at]! - part)) as [number, number, number]));
  }
}

export function unitMap(codes: ArrayLike<number>, first: number, isProbability: boolean, dark: boolean, into: Uint32Array): void {
  const colours = softRamp(dark, MAPS);
  for (let i = 0; i < into.length; i++) {
    const code = codes[first + i]!;
    into[i] = colours[isProbability ? Math.max(1, Math.min(255, 2 * code - 255)) : code]!;
  }
}

/** Fields that are above 0 where a class wins: one for two classes, else one for each. */
export function boundaries(maps: ArrayLike<number>, k: number, cells: number): Float32Array[] {
  const fields = Array.from({ length: k <= 2 ? 1 : k }, () => new Float32Array(cells));
  if (k <= 2) {
    const field = fields[0]!, first = (k - 1) * cells;
    for (let i = 0; i < cells; i++) field[i] = maps[first + i]! - 127.5;
    return fields;
  }
  fields.forEach((field, label) => {
    for (let i = 0; i < cells; i++) {
      let rival = -1;
      for (let other = 0; other < k; other++)
        if (other !== label) rival = Math.max(rival, maps[other * cells + i]!);
      field[i] = maps[label * cells + i]! - rival;
    }
  });
  return fields;
}
