// A remedy's settings in words for a button.
import { short } from "../../words.ts";

export function remedyWords(remedy: Record<string, number>): string {
  const parts = Object.entries(remedy);
  if (parts.length === 1 && parts[0]![0] === "learning_rate") return short(parts[0]![1]);
  return parts.map(([name, value]) => `${name.replaceAll("_", " ")} ${short(value)}`).join(", ");
}
