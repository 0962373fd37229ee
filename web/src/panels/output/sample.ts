// What a "sample" frame says of the answer: classes by probability, effects, the sentence.
import type { Frame, SampleWords } from "../../protocol.ts";
import { number } from "../../words.ts";

export interface Answered {
  words: SampleWords;
  /** By class: its label, its probability, its logit; in the classes' order. */
  classes: { place: number; label: string; score: number; logit: number | null }[];
  /** The places of the classes, the likeliest first. */
  order: number[];
  said: number;
}

export function answered(frame: Frame | null, labels: readonly string[] | null): Answered | null {
  const outputs = frame?.arrays["outputs"]?.values;
  if (!frame || !outputs || !labels || outputs.length !== labels.length) return null;
  const words = frame.words as unknown as SampleWords;
  const classes = labels.map((label, place) => ({
    place, label, score: outputs[place]!, logit: words.logits?.[place] ?? null,
  }));
  const order = classes.map(({ place }) => place).sort((a, b) => outputs[b]! - outputs[a]! || a - b);
  const said = labels.indexOf(words.said ?? "");
  return { words, classes, order, said: said < 0 ? order[0]! : said };
}

/** Effects of a class (or of one rather than another) as codes 0 … 255 around 128. */
export function effectCodes(values: ArrayLike<number>, most: number): Uint8Array {
  const codes = new Uint8Array(values.length);
  for (let i = 0; i < codes.length; i++) {
    const share = most > 0 ? values[i]! / most : 0;
    codes[i] = Math.round(128 + 127 * Math.max(-1, Math.min(1, Number.isFinite(share) ? share : 0)));
  }
  return codes;
}

export function largest(...lists: ArrayLike<number>[]): number {
  let most = 0;
  for (const list of lists)
    for (let i = 0; i < list.length; i++) if (Math.abs(list[i]!) > most) most = Math.abs(list[i]!);
  return most;
}

/** The row of effects of a class. */
export function effectsOf(frame: Frame, place: number): Float32Array {
  const effects = frame.arrays["effects"];
  const columns = effects?.shape[1] ?? 0;
  return (effects?.values as Float32Array | undefined)?.subarray(place * columns, (place + 1) * columns) ?? new Float32Array(0);
}

/** A probability, always with three decimals. */
export function probability(value: number): string {
  return Number.isFinite(value) ? value.toFixed(3) : "–";
}

/** What the logit is made of, with a true minus; null where a frame doesn't say. */
export function parts(found: Answered): { pro: string; contra: string; biases: string; together: string } | null {
  const { pro, contra } = found.words;
  const logit = found.classes[found.said]?.logit;
  if (pro === null || contra === null || logit === null || logit === undefined) return null;
  return {
    pro: number(pro, 2), contra: number(contra, 2), biases: number(logit - pro - contra, 2),
    together: number(logit, 2),
  };
}
