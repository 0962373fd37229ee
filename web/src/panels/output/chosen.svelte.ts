// What was chosen in the Output panel; it is kept while the panel gives way to the Inspector, and
// begins anew with other data.
export const chosen = $state<{
  data: string;
  plane: "regions" | "confidence";
  scores: "histogram" | "calibration";
  /** The threshold, once it was dragged; the cost of a missed sample in false alarms. */
  threshold: number | null;
  missed: number;
  /** The class that the one said is compared with; null: the second best. */
  other: string | null;
}>({ data: "", plane: "regions", scores: "histogram", threshold: null, missed: 10, other: null });

/** Forget what belongs to other data. */
export function chosenFor(data: string): void {
  if (chosen.data === data) return;
  chosen.data = data;
  chosen.threshold = null;
  chosen.other = null;
  chosen.missed = 10;
}
