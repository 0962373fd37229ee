// In which order a wide layer's units, or a table's features, are shown: by effect or as they come.

/** 0, 1, 2 … count − 1. */
export function inOrder(count: number): number[] {
  return Array.from({ length: count }, (_, place) => place);
}

/** Places by size, largest first; equal ones as they come. */
export function bySize(sizes: ArrayLike<number>): number[] {
  return inOrder(sizes.length).sort((a, b) => Math.abs(sizes[b]!) - Math.abs(sizes[a]!) || a - b);
}

/** So many of count, evenly spread. */
export function spread(count: number, most: number): number[] {
  return count <= most ? inOrder(count)
    : Array.from({ length: most }, (_, place) => Math.floor(((place + 0.5) * count) / most));
}

/** How much each unit of a layer counts for the next: its activation × the sum of its outgoing
 * weights' sizes; without activations the latter alone. */
export function effects(
  outgoing: ArrayLike<number>, units: number, next: number, activations: ArrayLike<number> | null,
): Float32Array {
  const found = new Float32Array(units);
  for (let unit = 0; unit < units; unit++) {
    let sum = 0;
    for (let to = 0; to < next; to++) sum += Math.abs(outgoing[unit * next + to]!);
    found[unit] = activations ? sum * activations[unit]! : sum;
  }
  return found;
}

export function largest(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]!));
  return most;
}
