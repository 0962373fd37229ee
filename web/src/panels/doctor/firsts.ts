// The doctor's findings, each kind once: a repeat belongs to the first of its kind.
import type { Finding } from "../../protocol.ts";

export interface Kind {
  finding: Finding;
  repeats: Finding[];
}

export function firsts(findings: readonly Finding[]): Kind[] {
  const kinds = new Map<string, Kind>();
  for (const finding of findings) {
    const name = `${finding.rule} ${finding.level} ${finding.layer ?? ""}`;
    const known = kinds.get(name);
    if (known) known.repeats.push(finding);
    else kinds.set(name, { finding, repeats: [] });
  }
  return [...kinds.values()];
}

/** The step to look at for what a finding tells: shortly before it began. */
export function stepBefore({ began, step }: Finding): number | null {
  const from = began ?? step;
  return from === null ? null : Math.max(0, from - 10);
}

/** Where its diamond stands. */
export function stepOf({ step, began }: Finding): number | null {
  return step ?? began;
}
