// What two-class scores come to: histograms along the logit, counts at a threshold, calibration.
type Numbers = ArrayLike<number>;

/** Scores nearer to 0 or 1 than this are drawn at the edge. */
export const EDGE = 0.0005;

export function logit(score: number): number {
  const kept = Math.min(1 - EDGE, Math.max(EDGE, score));
  return Math.log(kept / (1 - kept));
}

export function fromLogit(value: number): number {
  return 1 / (1 + Math.exp(-value));
}

/** Whether a score is said to be of the second class. */
export function says(score: number, threshold: number): boolean {
  return score >= threshold;
}

export interface Counts {
  /** Right about the first class, false alarms, missed, found. */
  right: number;
  alarms: number;
  missed: number;
  found: number;
}

export function countsAt(scores: Numbers, truths: Numbers, threshold: number): Counts {
  const counts: Counts = { right: 0, alarms: 0, missed: 0, found: 0 };
  for (let i = 0; i < scores.length; i++) {
    const said = says(scores[i]!, threshold);
    if (truths[i]) counts[said ? "found" : "missed"] += 1;
    else counts[said ? "alarms" : "right"] += 1;
  }
  return counts;
}

/** What mistakes cost, in false alarms. */
export function cost(counts: Counts, missed: number): number {
  return counts.alarms + missed * counts.missed;
}

/** The threshold that costs least if the scores are true probabilities. */
export function thresholdByCost(missed: number): number {
  return 1 / (1 + missed);
}

export interface ScoreBin {
  /** Counts of the first and the second class, and how many of them are wrong. */
  first: number;
  second: number;
  firstWrong: number;
  secondWrong: number;
}

/** Bins of equal width along the logit, from EDGE to 1 − EDGE. */
export function scoreBins(scores: Numbers, truths: Numbers, threshold: number, count: number): ScoreBin[] {
  const bins = Array.from({ length: count }, () => ({ first: 0, second: 0, firstWrong: 0, secondWrong: 0 }));
  const low = logit(0), width = logit(1) - low;
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i]!;
    if (!Number.isFinite(score)) continue;
    const at = Math.min(count - 1, Math.floor(((logit(score) - low) / width) * count));
    const bin = bins[at]!;
    const said = says(score, threshold);
    if (truths[i]) {
      bin.second += 1;
      if (!said) bin.secondWrong += 1;
    } else {
      bin.first += 1;
      if (said) bin.firstWrong += 1;
    }
  }
  return bins;
}

export interface ReliabilityBin {
  low: number;
  high: number;
  count: number;
  /** Mean score and share of the second class; null where the bin is empty. */
  predicted: number | null;
  observed: number | null;
}

/** Bins of equal width of the scores, and the expected calibration error over them. */
export function reliability(scores: Numbers, truths: Numbers, count = 10): { bins: ReliabilityBin[]; error: number | null } {
  const numbers = new Array<number>(count).fill(0);
  const sums = new Array<number>(count).fill(0);
  const hits = new Array<number>(count).fill(0);
  let all = 0;
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i]!;
    if (!Number.isFinite(score)) continue;
    const at = Math.min(count - 1, Math.floor(score * count));
    numbers[at]! += 1;
    sums[at]! += score;
    hits[at]! += truths[i] ? 1 : 0;
    all += 1;
  }
  let error = 0;
  const bins = numbers.map((n, i) => {
    if (n) error += Math.abs(sums[i]! - hits[i]!) / all;
    return {
      low: i / count, high: (i + 1) / count, count: n,
      predicted: n ? sums[i]! / n : null, observed: n ? hits[i]! / n : null,
    };
  });
  return { bins, error: all ? error : null };
}
