// One lane under the loss for each line of training: where it leaves which other, how far it goes.
import type { Lab } from "../../lab.svelte.ts";
import { letter } from "../../words.ts";

export const TRACK = 61; // y of the first lane
export const LANE = 14; // px from one to the next

export interface Lane {
  line: number;
  title: string;
  from: number;
  to: number;
  y: number;
  /** y of the lane that it leaves; null: it begins at the start. */
  leaves: number | null;
  /** "B starts here, 0.5 → 0.3" */
  label: string;
  /** Shown; beside it; neither. */
  part: "shown" | "compared" | "other";
}

export function lanesOf(lab: Lab): Lane[] {
  const known = lab.known?.lines ?? [];
  const lines = known.length > 0
    ? known
    : [{ title: "A", forked_from: null, forked_at: null, changed: null }];
  return lines.map((line, place) => {
    const from = line.forked_at ?? 0;
    const title = line.title || letter(place);
    return {
      line: place, title, from, to: Math.max(from, lab.lines[place]?.status?.steps ?? 0),
      y: TRACK + LANE * place,
      leaves: line.forked_from === null ? null : TRACK + LANE * line.forked_from,
      label: `${title} starts here${line.changed ? `, ${line.changed}` : ""}`,
      part: place === lab.shown ? "shown" : place === lab.compared ? "compared" : "other",
    };
  });
}
