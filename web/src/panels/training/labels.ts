// The word that stands for a chosen value.
import type { Choice } from "../../protocol.ts";

export function labelOf(choices: readonly Choice[] | undefined, value: string): string {
  return choices?.find((choice) => choice.value === value)?.label ?? value;
}
