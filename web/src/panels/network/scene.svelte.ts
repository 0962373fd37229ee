// What the diagram shows, worked out from the frames: sizes, weights, orders, links. Its components
// read it; the pointer and the keys change it.
import { untrack } from "svelte";
import type { Lab, Line, Place } from "../../lab.svelte.ts";
import type { NumberArray, SampleWords } from "../../protocol.ts";
import { bandsOf, type Band } from "./bands.ts";
import { layOut, MOST_SINGLE, MOST_TILES } from "./layout.ts";
import type { Layout, Pair } from "./plan.ts";
import { roundScale, strongest, type Link, type Weights } from "./links.ts";
import { inputNames, outputNames } from "./names.ts";
import { bySize, effects, inOrder, largest, spread } from "./order.ts";

const ROWS = 12; // of a table's features, unless all are asked for
const LEAST_ROW = 22;
const REORDER = 1500; // ms, while playing

export class Scene {
  width = $state(0);
  height = $state(0);
  /** The left column of the open pair that was chosen, in a deep network. */
  chosen = $state<number | null>(null);
  isFixed = $state(false);
  showsAll = $state(false);
  firstRow = $state(0);
  /** The first unit of the frame over a very wide layer's strip, by layer. */
  firsts = $state.raw<Record<number, number>>({});
  /** A weight under the pointer. */
  over = $state.raw<Place | null>(null);
  /** The unit that the tabulator key reaches: its column and slot. */
  roving = $state.raw({ column: 1, slot: 0 });
  /** Values that are tried out in the sample that is watched, and the part that it is of. */
  trial = $state.raw<Record<string, number>>({});
  trialOf = $state.raw<"train" | "held_out" | null>(null);
  #turn = 0;
  #order: number[] = [];

  constructor(readonly lab: Lab, private readonly which: () => Line, readonly isMini = false) {}

  line = $derived.by(() => this.which());
  data = $derived.by(() => this.lab.data?.words ?? null);
  kind = $derived.by((): "plane" | "picture" | "table" =>
    this.data?.image_shape ? "picture" : this.data?.low ? "plane" : "table");
  layers = $derived.by(() => this.line.setting?.layers ?? []);
  inputs = $derived.by(() => this.layers[0]?.inputs ?? 0);
  /** Rows of the inputs: features of a table, which may be more than one input each. */
  features = $derived.by(() =>
    this.kind === "table" ? (this.data?.features.length ?? 0) : this.inputs);
  inputNames = $derived.by(() =>
    this.data && this.line.setting ? inputNames(this.data, this.line.setting.setting, this.features) : []);
  outputNames = $derived.by(() =>
    this.data && this.layers.length ? outputNames(this.data, this.layers.at(-1)!) : []);
  isPlaying = $derived.by(() => this.line.status?.playing ?? false);

  /** The weights of each layer; null where the frame doesn't fit the setting (yet). */
  weights = $derived.by(() => this.layers.map((layer): Weights | null => {
    const array = this.line.network?.arrays[layer.weights];
    if (!array || array.shape[0] !== layer.inputs || array.shape[1] !== layer.units) return null;
    return { values: array.values, inputs: layer.inputs, units: layer.units };
  }));
  biases = $derived.by(() => this.layers.map((layer) => {
    const array = layer.bias === null ? undefined : this.line.network?.arrays[layer.bias];
    return array?.values.length === layer.units ? array.values : null;
  }));
  sizes = $derived.by(() => this.weights.map((weights) => (weights ? largest(weights.values) : 0)));
  /** The weight that is drawn at the full width: round, above all others. */
  scale = $derived.by(() => roundScale(Math.max(...this.sizes, 0)));

  sample = $derived.by(() => (this.kind === "plane" ? null : this.line.sample));
  said = $derived.by(() => (this.sample ? (this.sample.words as unknown as SampleWords) : null));
  /** What the network answers; of a single output between two classes: the second's. */
  outputs = $derived.by(() => {
    const units = this.layers.at(-1)?.units ?? 0;
    const values = this.sample?.arrays["outputs"]?.values as Float32Array | undefined;
    if (values?.length === units) return values;
    return units === 1 && values?.length === 2 ? values.subarray(1) : null;
  });
  /** Each layer's activations for the sample. */
  activations = $derived.by(() =>
    this.layers.map((layer) => this.#ofSample(layer.name, layer.units)));
  /** The output whose sum is shown: the one pointed at, else the one that the network says. */
  output = $derived.by(() => {
    const place = this.lab.place;
    if (place && place.layer === this.layers.length - 1) return place.unit;
    const outputs = this.outputs;
    return !outputs || outputs.length === 1 ? 0 : outputs.indexOf(Math.max(...outputs));
  });

  rows = $derived.by(() => {
    const fits = Math.max(3, Math.floor(this.height / LEAST_ROW));
    return this.kind === "table" ? Math.min(ROWS, fits, this.features) : this.inputs;
  });
  labels = $derived.by(() => {
    const most = Math.max(0, ...this.inputNames.map((name) => name.length), ...this.outputNames.map((name) => name.length));
    return Math.min(0.13 * this.width, this.isMini ? 34 : Math.max(46, 18 + 6.2 * most));
  });
  /** Digits can be drawn, in MNIST's size or the small one. */
  hasPad = $derived.by(() => {
    const [high, wide] = this.data?.image_shape ?? [0, 0];
    return !this.isMini && high === wide && (high === 28 || high === 8);
  });
  layout = $derived.by((): Layout | null =>
    this.layers.length === 0 || this.width < 60 || this.height < 40 ? null : layOut({
      width: this.width, height: this.height, data: this.kind, inputs: this.rows,
      layers: this.layers.map((layer) => layer.units), labels: this.labels, open: this.chosen,
      pad: this.hasPad,
    }));

  /** While playing, orders change only now and then: else nobody could follow. */
  beat = $derived.by(() => {
    void this.line.network;
    void this.line.sample;
    return this.isPlaying ? Math.floor(performance.now() / REORDER) : 1e12 + ++this.#turn;
  });
  /** Features by effect on the output shown; without a sample as they come. While values are
   * tried out the rows stay where they are. */
  inputOrder = $derived.by(() => {
    const { features, output } = this, isTrial = this.said?.part === "trial";
    if (!isTrial) void [this.beat, output];
    return untrack(() => {
      if (isTrial && this.#order.length === features) return this.#order;
      const effects = this.inputEffects;
      return (this.#order = effects ? bySize(effects) : inOrder(features));
    });
  });
  /** All units of each wide layer in the order in which they are shown. */
  ranks = $derived.by(() => {
    void this.beat;
    const isFixed = this.isFixed;
    return this.layers.map((layer, place) => {
      if (layer.units <= MOST_SINGLE || isFixed || place === this.layers.length - 1)
        return inOrder(layer.units);
      return untrack(() => bySize(this.effects(place)));
    });
  });
  /** Which unit stands in each slot of each column. */
  orders = $derived.by((): number[][] => (this.layout?.columns ?? []).map((column) => {
    if (column.layer < 0) {
      if (this.kind !== "table") return inOrder(column.slots.length);
      const all = this.inputOrder;
      const first = this.showsAll ? Math.min(this.firstRow, this.features - this.rows) : 0;
      return all.slice(first, first + this.rows);
    }
    if (column.form === "slim") return spread(column.units, column.slots.length);
    const first = column.units > MOST_TILES ? this.first(column.layer) : 0;
    return this.ranks[column.layer]!.slice(first, first + column.slots.length);
  }));

  links = $derived.by((): Link[][] => (this.layout?.pairs ?? []).map((pair) => {
    const weights = this.weights[pair.from];
    const left = this.orders[pair.from]!, right = this.orders[pair.to]!;
    if (!weights || this.isClosed(pair)) return [];
    const place = this.lab.place;
    const focus = !place || place.input !== undefined ? null
      : place.layer === pair.to - 1 ? { side: "right" as const, unit: place.unit }
      : place.layer === pair.from - 1 ? { side: "left" as const, unit: place.unit } : null;
    if (pair.form === "links") return strongest(weights, left, right, focus);
    // Of a pair of bands only the focused unit's own weights are drawn.
    if (!focus || left.length === 0) return [];
    const own = strongest(weights, left, right, focus, Infinity);
    return own.filter((link) => (focus.side === "left" ? link.input : link.unit) === focus.unit);
  }));
  bands = $derived.by((): Band[][] => (this.layout?.pairs ?? []).map((pair) =>
    pair.form === "bands" && !this.isClosed(pair) ? bandsOf(this, this.layout!.columns[pair.from]!, this.layout!.columns[pair.to]!) : []));

  /** How each feature speaks for the output that is shown. */
  inputEffects = $derived.by(() => {
    const array = this.sample?.arrays["effects"];
    return array?.shape[1] === this.features ? this.#row(array) : null;
  });

  /** Whether a pair's weights aren't drawn: in a deep network, or where features that are words
   * make several inputs each. */
  isClosed(pair: Pair): boolean {
    return pair.form === "grey" || (pair.from === 0 && this.features !== this.inputs);
  }

  first(layer: number): number {
    return Math.max(0, Math.min(this.firsts[layer] ?? 0, (this.layers[layer]?.units ?? 0) - MOST_TILES));
  }

  moveFrame(layer: number, first: number): void {
    const most = (this.layers[layer]?.units ?? 0) - MOST_TILES;
    this.firsts = { ...this.firsts, [layer]: Math.max(0, Math.min(most, Math.round(first))) };
  }

  /** What each unit of a layer adds to what comes after it. */
  effects(layer: number): ArrayLike<number> {
    const units = this.layers[layer]?.units ?? 0;
    const known = this.sample?.arrays["unit_effects"];
    if (layer === this.layers.length - 2 && known?.shape[1] === units) return this.#row(known);
    const next = this.weights[layer + 1];
    if (!next) return new Float32Array(units);
    return effects(next.values, units, next.units, this.activations[layer] ?? null);
  }

  /** The place that stands in a slot. */
  placeAt(column: number, slot: number): Place | null {
    const unit = this.orders[column]?.[slot];
    return unit === undefined ? null : { layer: column - 1, unit };
  }

  /** The row of an array by class that is about the output shown. */
  #row({ shape: [rows = 1, length = 0], values }: NumberArray): ArrayLike<number> {
    const isPair = rows === 2 && this.layers.at(-1)?.units === 1;
    const row = isPair ? 1 : Math.min(this.output, rows - 1);
    return values.subarray(row * length, (row + 1) * length);
  }

  #ofSample(name: string, length: number | undefined): Float32Array | null {
    const array = this.sample?.arrays[name];
    return array && array.values.length === length ? (array.values as Float32Array) : null;
  }
}
