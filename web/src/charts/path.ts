// Lines and bands as SVG paths; where a value is not finite there is a gap.
type Numbers = ArrayLike<number>;
type Place = (value: number) => number;

/** A line through the points; where there is only one, a dot (round caps make it visible). */
export function linePath(xs: Numbers, ys: Numbers, x: Place, y: Place): string {
  let path = "";
  let open = false;
  for (let i = 0; i < xs.length; i++) {
    const value = ys[i]!;
    if (!Number.isFinite(value)) {
      open = false;
      continue;
    }
    const place = `${short(x(xs[i]!))} ${short(y(value))}`;
    path += open ? `L${place}` : `M${place}h0`;
    open = true;
  }
  return path;
}

/** The band between two lines over the same points. */
export function bandPath(xs: Numbers, low: Numbers, high: Numbers, x: Place, y: Place): string {
  let path = "";
  let start = 0;
  const close = (end: number) => {
    if (end - start < 1) return;
    for (let i = start; i < end; i++)
      path += `${i === start ? "M" : "L"}${short(x(xs[i]!))} ${short(y(high[i]!))}`;
    for (let i = end - 1; i >= start; i--) path += `L${short(x(xs[i]!))} ${short(y(low[i]!))}`;
    path += "Z";
  };
  for (let i = 0; i < xs.length; i++) {
    if (Number.isFinite(low[i]!) && Number.isFinite(high[i]!)) continue;
    close(i);
    start = i + 1;
  }
  close(xs.length);
  return path;
}

/** The number of the x that lies nearest, in a rising list; −1 where there is none. */
export function nearest(xs: Numbers, value: number): number {
  let low = 0, high = xs.length - 1;
  if (high < 0) return -1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (xs[middle]! <= value) low = middle;
    else high = middle;
  }
  return Math.abs(xs[high]! - value) < Math.abs(xs[low]! - value) ? high : low;
}

/** Places for labels that would lie over each other: at least `room` apart, moved as little as
 * need be, within low … high; in the order in which they were given. */
export function spread(wanted: readonly number[], room: number, low: number, high: number): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a]! - wanted[b]!);
  const places = [...wanted];
  let least = low;
  for (const i of order) {
    places[i] = Math.max(places[i]!, least);
    least = places[i]! + room;
  }
  let most = high;
  for (const i of order.reverse()) {
    places[i] = Math.min(places[i]!, most);
    most = places[i]! - room;
  }
  return places;
}

/** Running geometric means over 2 · half + 1 values; those that aren't above 0 are left out. */
export function smooth(values: Numbers, half: number): Float64Array {
  const count = values.length;
  const sums = new Float64Array(count + 1), numbers = new Int32Array(count + 1);
  for (let i = 0; i < count; i++) {
    const counts = values[i]! > 0 && values[i]! < Infinity;
    sums[i + 1] = sums[i]! + (counts ? Math.log(values[i]!) : 0);
    numbers[i + 1] = numbers[i]! + (counts ? 1 : 0);
  }
  return Float64Array.from({ length: count }, (_, i) => {
    const from = Math.max(0, i - half), to = Math.min(count, i + half + 1);
    return Math.exp((sums[to]! - sums[from]!) / (numbers[to]! - numbers[from]!));
  });
}

/** Lowest and highest finite value of some lists; null where there is none. Only values above
 * `above` count. */
export function extent(lists: readonly Numbers[], above = -Infinity): [number, number] | null {
  let low = Infinity, high = -Infinity;
  for (const list of lists)
    for (let i = 0; i < list.length; i++) {
      const value = list[i]!;
      if (!Number.isFinite(value) || value <= above) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  return low <= high ? [low, high] : null;
}

function short(value: number): string {
  return String(Math.round(value * 10) / 10);
}
