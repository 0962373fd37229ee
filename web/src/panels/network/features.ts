// A feature of a table: its distribution as paths, its values as text.
import type { NumberArray } from "../../protocol.ts";

/** One path for each class, of bars that share the height of the fullest. */
export function histogram(
  counts: NumberArray | undefined, feature: number, width: number, height: number,
): string[] {
  const [features = 0, classes = 1, bars = 0] = counts?.shape ?? [];
  if (!counts || feature >= features || !bars) return [];
  const first = feature * classes * bars;
  const values = counts.values.subarray(first, first + classes * bars);
  let most = 1;
  for (const value of values) most = Math.max(most, value);
  const across = width / bars;
  return Array.from({ length: classes }, (_, label) => {
    let d = `M0 ${height}`;
    for (let bar = 0; bar < bars; bar++) {
      const y = height - (values[label * bars + bar]! / most) * (height - 1);
      d += `V${y.toFixed(1)}H${((bar + 1) * across).toFixed(1)}`;
    }
    return `${d}V${height}Z`;
  });
}

/** About four digits: 0.1354, 37.2, 1,267. */
export function writtenValue(value: number): string {
  if (!Number.isFinite(value)) return "";
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString("en-US").replace("-", "−");
  const decimals = size >= 100 ? 1 : size >= 10 ? 2 : 4;
  return String(Number(value.toFixed(decimals))).replace("-", "−");
}
