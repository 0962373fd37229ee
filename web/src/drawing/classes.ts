// What tells classes apart: a colour and, always with it, a marker's shape.
const LIGHT = ["#1a6bb3", "#cf620b", "#7b52a8", "#8a8a00", "#a3324b", "#5f6870"];
const DARK = ["#6db2ee", "#f0953f", "#b796dd", "#c4c44d", "#e58298", "#9aa4ad"];

/** The colour of a class, counted from 0; from the seventh on all are grey. */
export function classColour(place: number, dark: boolean): string {
  const colours = dark ? DARK : LIGHT;
  return colours[Math.min(place, colours.length - 1)]!;
}

export function rgb(hex: string): [number, number, number] {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)) as [number, number, number];
}

/** A marker as an SVG path: circle, square, triangle, diamond, cross, triangle upside down. */
export function marker(place: number, x: number, y: number, r: number): string {
  const [a, b] = [x.toFixed(1), y.toFixed(1)];
  const s = 0.9 * r, t = 1.25 * r, u = 0.4 * r;
  switch (Math.min(place, 5)) {
    case 0:
      return `M${(x - r).toFixed(1)} ${b}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
    case 1:
      return `M${(x - s).toFixed(1)} ${(y - s).toFixed(1)}h${2 * s}v${2 * s}h${-2 * s}Z`;
    case 2:
      return `M${a} ${(y - t).toFixed(1)}l${t} ${1.9 * t}h${-2 * t}Z`;
    case 3:
      return `M${a} ${(y - t).toFixed(1)}l${t} ${t}l${-t} ${t}l${-t} ${-t}Z`;
    case 4:
      return `M${(x - u).toFixed(1)} ${(y - t).toFixed(1)}h${2 * u}v${t - u}h${t - u}v${2 * u}h${u - t}v${t - u}h${-2 * u}v${u - t}h${u - t}v${-2 * u}h${t - u}Z`;
    default:
      return `M${a} ${(y + t).toFixed(1)}l${t} ${-1.9 * t}h${-2 * t}Z`;
  }
}
