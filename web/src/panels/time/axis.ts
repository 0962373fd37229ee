// The time slider's scale: which epochs (or steps, before there are two epochs) stand under it,
// and how far it reaches.

export interface Axis {
  /** The last step that it reaches. */
  end: number;
  marks: { step: number; label: string }[];
  unit: "epoch" | "step";
}

const SHORTEST = 10; // of the unit

export function axisOf(steps: number, batches: number): Axis {
  const unit = batches > 1 && steps < 2 * batches ? "step" : "epoch";
  const size = unit === "epoch" ? Math.max(1, batches) : 1;
  const reached = Math.max(SHORTEST, steps / size);
  const each = nice(reached / 10);
  const count = Math.ceil(Math.max(SHORTEST, (1.02 * steps) / size) / each);
  const marks = [];
  for (let i = 0; i <= count; i++) {
    const place = i * each;
    marks.push({ step: place * size, label: place.toLocaleString("en-US") });
  }
  return { end: count * each * size, marks, unit };
}

/** The next of 1, 2, 5, 10, 20 … */
function nice(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, value)));
  for (const factor of [1, 2, 5]) if (value <= factor * power) return factor * power;
  return 10 * power;
}
