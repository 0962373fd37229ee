// Where a field on a grid crosses 0, as an SVG path (marching squares).

/** field: row by row, its numbers at the cells' middles; the line reaches the grid's edge, where
 * the outermost numbers go on. The path is in a box of width × height. */
export function contour(
  field: ArrayLike<number>, columns: number, rows: number, width: number, height: number,
): string {
  const parts: string[] = [];
  const at = (x: number, y: number) =>
    field[Math.max(0, Math.min(rows - 1, y)) * columns + Math.max(0, Math.min(columns - 1, x))]!;
  const across = (x: number) => (x < 0 ? 0 : x >= columns ? width : ((x + 0.5) / columns) * width);
  const down = (y: number) => (y < 0 ? 0 : y >= rows ? height : ((y + 0.5) / rows) * height);
  for (let y = -1; y < rows; y++) {
    const top = down(y), bottom = down(y + 1);
    for (let x = -1; x < columns; x++) {
      const a = at(x, y), b = at(x + 1, y), c = at(x + 1, y + 1), d = at(x, y + 1);
      const signs = (a > 0 ? 1 : 0) | (b > 0 ? 2 : 0) | (c > 0 ? 4 : 0) | (d > 0 ? 8 : 0);
      if (signs === 0 || signs === 15) continue;
      const left = across(x), right = across(x + 1);
      const mix = (from: number, to: number, v: number, w: number) => from + ((to - from) * v) / (v - w);
      const say = (px: number, py: number) => `${px.toFixed(1)} ${py.toFixed(1)}`;
      const north = () => say(mix(left, right, a, b), top);
      const east = () => say(right, mix(top, bottom, b, c));
      const south = () => say(mix(left, right, d, c), bottom);
      const west = () => say(left, mix(top, bottom, a, d));
      const line = (from: string, to: string) => parts.push(`M${from}L${to}`);
      const middle = a + b + c + d > 0;
      switch (signs) {
        case 1: case 14: line(west(), north()); break;
        case 2: case 13: line(north(), east()); break;
        case 3: case 12: line(west(), east()); break;
        case 4: case 11: line(east(), south()); break;
        case 6: case 9: line(north(), south()); break;
        case 7: case 8: line(west(), south()); break;
        default: // opposite corners: the middle says which way
          if ((signs === 5) === middle) {
            line(north(), east());
            line(west(), south());
          } else {
            line(west(), north());
            line(east(), south());
          }
      }
    }
  }
  return parts.join("");
}
