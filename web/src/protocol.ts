// What the page and the engine say to each other. The Python side: glassnet/lab/commands.py (what
// may be asked), lab/frames.py (bytes), lab/session.py and lab/views/ (what is answered).

// ---------------------------------------------------------------- from the engine: frames

export type Values = Float32Array | Float64Array | Uint8Array | Uint16Array | Int32Array;

export interface NumberArray {
  readonly shape: readonly number[];
  readonly values: Values;
}

/** A frame: what it is about, its words, its arrays. Frames about a line of training say which. */
export interface Frame {
  readonly kind: string;
  readonly words: Record<string, unknown>;
  readonly arrays: Readonly<Record<string, NumberArray>>;
}

/** "hello": the first frame of a session. */
export interface Hello {
  version: string;
  /** What can be chosen; `why` says why a set can't be had here (MNIST without its files). */
  datasets: { name: string; group: "plane" | "picture" | "table"; about: string; why: string | null }[];
  limits: {
    samples: number; features: number; units: number; layers: number; upload: number; pictures: number;
  };
}

/** One of a field's values; `why`: why it can't be chosen now; `note`: worth knowing about it. */
export interface Choice {
  value: string;
  label: string;
  why: string | null;
  note: string | null;
}

export interface HiddenLayer {
  units: number;
  activation: string;
  dropout: number;
}

/** Everything that a person sets. `{do: "set", field, value}` changes one of its fields. */
export interface Setting {
  /** name: of a set, or "own"; options: n, noise, seed, turns …, as far as the set takes them;
   * test: the share held out, 0 to 0.9, null for the
   * set's own test part (MNIST); inputs: what the network is given of two features. */
  data: { name: string; options: Record<string, number>; test: number | null; inputs: string[] | null };
  hidden: HiddenLayer[];
  loss: string;
  optimizer: string;
  learning_rate: number;
  batch_size: number;
  l1: number;
  l2: number;
  initializer: string;
  scaling: string;
  seed: number;
}

/** A layer with weights, as it stands in the network; arrays by their names in "network" frames. */
export interface LayerShape {
  name: string; // such as "hidden1"; also the key in "units", "sample", "histograms"
  title: string; // "Hidden 1", "Output"
  inputs: number;
  units: number;
  activation: string;
  dropout: number;
  weights: string; // the array (inputs, units)
  bias: string | null; // the array (units,)
}

/** "setting": what is set, what could be, and the network that this makes; per line. */
export interface SettingFrame {
  line: number;
  setting: Setting;
  /** The same as a run's description: the content of a link, and of "open". */
  run: Record<string, unknown>;
  choices: Record<"loss" | "optimizer" | "activation" | "initializer" | "scaling", Choice[]>;
  layers: LayerShape[];
  parameters: number;
  /** The learning rate, batch size, l1 and l2 can be changed while training goes on. */
  live: string[];
}

export interface Finding {
  rule: string;
  level: "fault" | "warning" | "note";
  is_alarm: boolean;
  seen: string;
  cause: string;
  test: string;
  advice: string;
  where: string;
  layer: string | null;
  epoch: number | null;
  step: number | null;
  began: number | null;
  row: number | null;
  numbers: Record<string, number>;
  /** Settings that the advice comes to, if it's that simple: {learning_rate: 0.3}. */
  remedy: Record<string, number> | null;
}

/** "data": what is learned from.
 *
 * Plane (two numeric features): arrays points (n, 2), targets (n,), held_out_points,
 *   held_out_targets; words low, high (the plane's corners).
 * Pictures: arrays pictures u1 (m, h, w), 0 to 255 with ink bright; picture_samples i4 (m,)
 *   (numbers of training samples, from 1); picture_targets f4 (m,).
 * Tables: arrays histograms f4 (d, classes or 1, 20), edges f4 (d, 2): lowest and highest. */
export interface DataFrame {
  name: string;
  title: string;
  task: "classification" | "regression";
  samples: number;
  held_out: number;
  features: string[];
  classes: string[] | null;
  /** Training samples of each class. */
  counts: number[] | null;
  target: string;
  image_shape: [number, number] | null;
  low?: [number, number];
  high?: [number, number];
  findings: Finding[];
}

/** "status": about a line; sent with each bundle in which something of it changed. */
export interface Status {
  line: number;
  playing: boolean;
  /** The step that is shown, and how many steps there are: less while looking back. */
  step: number;
  steps: number;
  epoch: number;
  /** Steps of an epoch. */
  batches: number;
  loss: number | null;
  accuracy: number | null; // of the training samples
  held_out_loss: number | null;
  held_out_accuracy: number | null;
  /** Steps a second, while playing. */
  speed: number | null;
  /** Why there are no more steps: "non-finite", "finished", or null. */
  ended: "non-finite" | "finished" | null;
  forked_at: number | null;
  /** The line that it left, and the setting that differs, for the fork's label. */
  forked_from: number | null;
  changed: string | null; // such as "learning rate 0.5 → 0.3"
  /** Steps at which snapshots are kept: ticks of the time slider. */
  kept: number[];
  engine: string;
  title: string; // "A", "B", …
}

/** "lines": which lines there are, which is shown, which is compared with it. */
export interface LinesFrame {
  lines: { title: string; forked_from: number | null; forked_at: number | null; changed: string | null }[];
  line: number;
  compared: number | null;
}

// Views: a page says with "want" which of them it shows; nothing else is worked out. All of them
// have words line and step, and are about the state that is shown (also a past one).
//
// "network"     arrays by the names in SettingFrame.layers: weights (inputs, units), bias (units,)
// "units"       arrays by layer name: u1 (units, 24, 24), 128 = 0, 1 … 255 = −size … +size;
//               "inputs": u1 (inputs, 24, 24). Plane only
// "output"      array output u1 (k, 80, 80): probabilities × 255, row by row from the top left.
//               Plane only; words wrong: numbers (from 0) of wrong points, wrong_held_out likewise
// "loss"        arrays step i4, low, high f8 (the training loss, in pieces), held_out_step i4,
//               held_out f8 (loss), held_out_accuracy f8; words steps
// "gradients"   arrays step i4 (p,), norms f4 (layers, p): ‖∂L/∂w‖ of each layer by step;
//               updates f4 (layers, p): ‖Δw‖ / ‖w‖; words layers: names
// "histograms"  arrays weights i4 (layers, 40), activations i4 (layers, 40): counts, and
//               weight_edges, activation_edges f4 (layers, 2); words layers, zero_share,
//               saturated_share (lists, null where it has no meaning)
// "confusion"   array counts i4 (k, k): [truth, said]; words part ("held_out" or "train"), labels
// "scores"      two classes: arrays scores f4 (n,) (probability of the second class), truths u1
//               (n,) of the part; words part, positive, negative (labels), learned (threshold found
//               on the training samples, or null), accuracy_baseline
// "fit"         numbers as targets: arrays true, predicted f4 (n,) of the part, in the targets' own
//               unit; words part, target, r2
// "sample"      the sample that was chosen by "watch" or "draw": SampleFrame

/** Arrays: input f4 (d,) as it came, scaled f4 (d,) as the network gets it; activations by layer
 * name f4 (units,); outputs f4 (k,); effects f4 (k, d): gradient × input for each class (how each
 * pixel or feature speaks for it); unit_effects f4 (k, units) of the last hidden layer: weight ×
 * activation; picture u1 (h, w) for pictures. */
export interface SampleWords {
  line: number;
  step: number;
  part: "train" | "held_out" | "drawing" | "trial";
  /** Counted from 1; null for a drawing. */
  sample: number | null;
  truth: string | null;
  said: string | null;
  /** What was done to a drawing, and what it would read without that. */
  shift: [number, number] | null;
  scale: number | null;
  plain: { said: string; score: number } | null;
  logits: number[];
  /** The features as a person reads them; null for pictures. */
  cells: string[] | null;
  /** Sums of the effects on the logit said: for, against; and the biases' share. */
  pro: number | null;
  contra: number | null;
}

/** "findings": all of a line, newest last. */
export interface FindingsFrame {
  line: number;
  findings: Finding[];
}

/** "answer": to "ask": html (a fragment with MathML, from explain), and what it is about. */
export interface Answer {
  html: string;
  title: string;
  subtitle: string;
  part: "train" | "held_out";
  sample: number;
  samples: number;
  batch: boolean;
  unit: string | null;
  weight: string | null;
  agrees: boolean | null;
  step: number;
  line: number;
}

/** "cell": to "cell": samples of a cell of the confusion matrix. Arrays pictures u1 (m, h, w) for
 * pictures; rows f4 (m, d) else. */
export interface CellFrame {
  part: "train" | "held_out";
  truth: string;
  said: string;
  count: number;
  samples: number[]; // their numbers in the part, from 1
  scores: number[]; // what the network gives the class said
}

/** "preview": to "read": a file of one's own, before it is used. */
export interface Preview {
  name: string;
  rows: number;
  columns: {
    name: string;
    kind: "number" | "words" | "picture";
    gaps: number;
    distinct: number;
    /** Why it is best left out (an identifier, a constant), or null. */
    leave_out: string | null;
  }[];
  /** Some rows, and the number of the first of them; the header is row 1. */
  head: string[][];
  first_row: number;
  /** The column taken as target unless another is chosen, and what can be. */
  target: string;
  task: "classification" | "regression";
  classes: string[] | null;
  findings: Finding[];
  /** What is wrong with it, in a sentence: then it can't be used as it is. */
  problem: { message: string; column: string | null; row: number | null; remedies: Remedy[] } | null;
  /** For pictures: (h, w), and a few as array pictures u1 (m, h, w). */
  image_shape: [number, number] | null;
}

/** Something that would make a file usable: fields to send again with "read". */
export interface Remedy {
  label: string;
  fields: Record<string, unknown>;
}

/** "file": to "take"; array data u1. */
export interface FileWords {
  name: string;
  type: string; // a media type
}

/** "differs": while two lines are compared. */
export interface DiffersFrame {
  lines: [number, number];
  settings: { name: string; values: [string, string] }[];
  same: string; // a sentence
  /** The share of the plane on which their answers differ, or of the held-out samples. */
  disagree: number | null;
  about: "plane" | "held out";
}

/** "error": a sentence, and the command that it answers. */
export interface ErrorFrame {
  message: string;
  about: string | null;
}

// ---------------------------------------------------------------- from the page: commands

export type View =
  | "network" | "units" | "output" | "loss" | "gradients" | "histograms" | "confusion" | "scores"
  | "fit" | "sample";

export type SettingField = keyof Setting;

export type Command =
  /** Begin with this run; without one: the setting to begin with. */
  | { do: "open"; run?: Record<string, unknown> }
  /** Change one field of the setting, of the line that is shown. Fields in SettingFrame.live take
   * effect at the next step; others begin the line anew. data: another set brings a fitting
   * network along. */
  | { do: "set"; field: SettingField; value: unknown }
  | { do: "play"; speed?: number | null }
  | { do: "pause" }
  | { do: "step"; count?: number }
  | { do: "epoch" }
  | { do: "reset" }
  | { do: "seek"; step: number }
  | { do: "now" }
  /** A line of its own from the step that is shown, with other values for some live fields. */
  | { do: "branch"; change?: Record<string, number> }
  /** A line of its own from the start, with the same data, setting and seed: then "set". */
  | { do: "another" }
  | { do: "select"; line: number }
  /** Keep only this line. */
  | { do: "keep"; line: number }
  /** Show a second line beside the one shown; null: no more. */
  | { do: "compare"; line: number | null }
  | { do: "want"; views: View[] }
  /** Choose the sample of the view "sample". values: other numbers for some of its features. */
  | { do: "watch"; part: "train" | "held_out"; sample: number; values?: Record<string, number> }
  /** With the array ink u1 (h, w): a drawing, 255 = ink. An empty one takes it away. */
  | { do: "draw" }
  /** Explain: a sample (from 1) of a part, or the batch of this step; a unit such as
   * "hidden1:3" or a weight such as "output:3,7" or "output:b,7" (all counted from 1). */
  | { do: "ask"; part?: "train" | "held_out"; sample?: number; batch?: boolean; unit?: string; weight?: string }
  | { do: "part"; part: "train" | "held_out" } // of confusion and scores
  | { do: "cell"; truth: number; said: number; part: "train" | "held_out" }
  /** With the array data u1: a file of one's own; the other fields as the readers take them. */
  | { do: "read"; name: string; target?: string; categorical?: string[]; leave_out?: string[];
      leave_out_rows?: number[]; task?: string; encoding?: "utf-8" | "cp1252" }
  /** With the array pixels u1 (n, h, w): pictures of one's own, their labels and file names. */
  | { do: "pictures"; name: string; labels: string[] }
  /** With the arrays points f4 (n, 2) and targets i4 (n,): points set by hand. */
  | { do: "points" }
  /** Take what was previewed; test: the share held out. */
  | { do: "use"; test?: number }
  | { do: "take"; what: "toml" | "model" | "python" | "replay" }
  /** For the carrier, not the session: the last bundle has been shown. */
  | { do: "seen" };
