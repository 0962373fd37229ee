// Weights as the codes of small maps: 128 is 0, 1 and 255 are the layer's largest size.

/** How many columns and rows the weights of a unit make: a picture's sides; else a strip, or about
 * a square for tiles. */
export function grid(inputs: number, image: readonly [number, number] | null, isStrip: boolean): [number, number] {
  if (image && image[0] * image[1] === inputs) return [image[1], image[0]];
  if (inputs <= 4) return [inputs, 1];
  const rows = isStrip ? Math.max(1, Math.round(Math.sqrt(inputs / 3.3))) : Math.round(Math.sqrt(inputs));
  return [Math.ceil(inputs / rows), rows];
}

/** One map after the other for these units: cells codes for each, as grid() says; cells that no
 * weight fills are 128. into: memory to use again. */
export function weightCodes(
  weights: ArrayLike<number>, units: number, shown: readonly number[], cells: number, scale: number,
  into: Uint8Array | null = null,
): Uint8Array {
  const codes = into?.length === cells * shown.length ? into : new Uint8Array(cells * shown.length);
  const inputs = weights.length / units, size = scale > 0 ? 127 / scale : 0;
  shown.forEach((unit, slot) => {
    for (let cell = 0; cell < cells; cell++) {
      const value = cell < inputs ? weights[cell * units + unit]! * size : 0;
      codes[slot * cells + cell] = Math.round(128 + Math.max(-127, Math.min(127, value)));
    }
  });
  return codes;
}

/** The units' maps from a "units" frame in the order of their slots. Probabilities are between 0
 * and 1: stretched, so that 0 is as blue as 1 is orange. */
export function mapCodes(
  maps: ArrayLike<number> & { subarray(from: number, to: number): Uint8Array }, cells: number,
  shown: readonly number[], isProbability = false,
): Uint8Array {
  const codes = new Uint8Array(cells * shown.length);
  shown.forEach((unit, slot) => codes.set(maps.subarray(unit * cells, (unit + 1) * cells), slot * cells));
  if (isProbability)
    for (let i = 0; i < codes.length; i++) codes[i] = Math.max(1, Math.min(255, 2 * codes[i]! - 255));
  return codes;
}
