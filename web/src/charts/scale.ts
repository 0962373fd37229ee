// Scales of charts: from a value to a place on the screen, and the ticks beside it.
export interface Scale {
  (value: number): number;
  /** The value at a place: the way back. */
  value(place: number): number;
  readonly domain: readonly [number, number];
  readonly range: readonly [number, number];
  readonly log: boolean;
}

/** A linear or logarithmic scale. Values that a logarithm can't show lie at its lower end. */
export function scale(domain: [number, number], range: [number, number], log = false): Scale {
  const to = log ? (value: number) => Math.log(Math.max(value, domain[0])) : (value: number) => value;
  const start = to(domain[0]);
  const width = to(domain[1]) - start || 1;
  const place = (value: number) => range[0] + ((to(value) - start) / width) * (range[1] - range[0]);
  return Object.assign(place, {
    value(at: number): number {
      const found = start + ((at - range[0]) / (range[1] - range[0] || 1)) * width;
      return log ? Math.exp(found) : found;
    },
    domain, range, log,
  });
}

/** The step of 1, 2 or 5 times a power of ten that makes at most `count` pieces of a width. */
export function niceStep(width: number, count: number): number {
  if (!(width > 0) || !Number.isFinite(width)) return 1;
  const least = width / count;
  const power = 10 ** Math.floor(Math.log10(least));
  for (const step of [1, 2, 5]) if (step * power >= least * (1 - 1e-9)) return step * power;
  return 10 * power;
}

/** Round values from low to high, both ends included where they are round. */
export function ticks(low: number, high: number, count: number, least = 0): number[] {
  const step = Math.max(niceStep(high - low, count), least);
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++)
    found.push(rounded(i * step));
  return found;
}

/** Powers of ten, with 2 and 5 or 3 between where there is room, thinned where there are many. */
export function logTicks(low: number, high: number, count: number): number[] {
  const between = (factors: number[], every: number) => {
    const found = [];
    const first = Math.floor(Math.log10(low)), last = Math.ceil(Math.log10(high));
    for (let power = first; power <= last; power++) {
      if (power % every !== 0) continue;
      for (const factor of factors) {
        const value = rounded(factor * 10 ** power);
        if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) found.push(value);
      }
    }
    return found;
  };
  for (const factors of [[1, 2, 5], [1, 3], [1]]) {
    const found = between(factors, 1);
    if (found.length >= 2 && found.length <= count) return found;
  }
  for (let every = 2; every < 40; every++) {
    const found = between([1], every);
    if (found.length <= count) return found;
  }
  return [];
}

/** The smallest round number (1, 1.5, 2, 3, 4, 5, 6, 8 times a power of ten) that is not less:
 * axes that grow keep it for a while, so that they don't creep. */
export function roomy(value: number): number {
  if (!(value > 0) || !Number.isFinite(value)) return 1;
  const power = 10 ** Math.floor(Math.log10(value) + 1e-12);
  for (const step of [1, 1.5, 2, 3, 4, 5, 6, 8])
    if (step * power >= value * (1 - 1e-9)) return rounded(step * power);
  return 10 * power;
}

/** The largest number 1, 2 or 5 times a power of ten that is not more: the low end of a log axis. */
export function below(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value) + 1e-12);
  for (const step of [5, 2]) if (step * power <= value * (1 + 1e-9)) return rounded(step * power);
  return rounded(power);
}

/** A tick's words: no more digits than it has, a true minus. */
export function tickText(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e5 || size < 1e-4)) {
    const [digits, power] = value.toExponential(1).split("e") as [string, string];
    return `${digits.replace(".0", "")}e${Number(power)}`.replaceAll("-", "−");
  }
  return (size >= 1000 ? value.toLocaleString("en-US") : String(rounded(value))).replace("-", "−");
}

function rounded(value: number): number {
  return Number(value.toPrecision(12));
}
