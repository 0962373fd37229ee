// The page's state: what the engine told, and what the person looks at. Panels read it and send
// commands; they never talk to each other otherwise.
import type {
  Answer, CellFrame, Command, DataFrame, DiffersFrame, ErrorFrame, FileWords, FindingsFrame, Frame,
  Hello, LinesFrame, Preview, SettingField, SettingFrame, Status, View,
} from "./protocol.ts";
import type { Connection, Listener, Transport } from "./transport/transport.ts";

/** What is known of one line of training; a frame is replaced as a whole, never changed. */
export class Line {
  setting = $state.raw<SettingFrame | null>(null);
  status = $state.raw<Status | null>(null);
  findings = $state.raw<FindingsFrame | null>(null);
  network = $state.raw<Frame | null>(null);
  units = $state.raw<Frame | null>(null);
  output = $state.raw<Frame | null>(null);
  loss = $state.raw<Frame | null>(null);
  gradients = $state.raw<Frame | null>(null);
  histograms = $state.raw<Frame | null>(null);
  confusion = $state.raw<Frame | null>(null);
  scores = $state.raw<Frame | null>(null);
  fit = $state.raw<Frame | null>(null);
  sample = $state.raw<Frame | null>(null);
}

/** A place in the network: a unit (counted from 0), or the weight that leads to it from `input`
 * ("b": its bias). layer: 0 … for layers with weights, −1 for the inputs. */
export interface Place {
  layer: number;
  unit: number;
  input?: number | "b";
}

export type PanelName = "data" | "network" | "output" | "loss" | "doctor" | "time";

/** A point that was set by hand: where in the plane, and of which class (from 0). */
export interface DrawnPoint {
  x: number;
  y: number;
  target: number;
}

/** A file of one's own that is being looked at: its bytes, and how it is read. */
export interface OwnFile {
  name: string;
  data: Uint8Array;
  fields: Record<string, unknown>;
}

/** What changes what is shown, but not what an error was about. */
const QUIET = new Set(["seek", "now", "watch", "draw", "pause", "points"]);

const PER_LINE = new Set([
  "setting", "status", "findings", "network", "units", "output", "loss", "gradients", "histograms",
  "confusion", "scores", "fit", "sample",
]);

export class Lab implements Listener {
  connection = $state.raw<Connection>({ state: "starting", note: "Connecting" });
  hello = $state.raw<Hello | null>(null);
  data = $state.raw<{ words: DataFrame; frame: Frame } | null>(null);
  lines = $state.raw<Line[]>([new Line()]);
  known = $state.raw<LinesFrame | null>(null);
  /** Which line is shown, and which beside it. */
  shown = $derived(this.known?.line ?? 0);
  compared = $derived(this.known?.compared ?? null);
  line = $derived(this.lines[this.shown] ?? this.lines[0]!);
  answer = $state.raw<Answer | null>(null);
  preview = $state.raw<{ words: Preview; frame: Frame } | null>(null);
  cell = $state.raw<{ words: CellFrame; frame: Frame } | null>(null);
  differs = $state.raw<DiffersFrame | null>(null);
  error = $state.raw<ErrorFrame | null>(null);

  // What the person looks at
  /** Under the pointer or focused; pinned by a click until Esc. */
  pointed = $state.raw<Place | null>(null);
  pinned = $state.raw<Place | null>(null);
  place = $derived(this.pointed ?? this.pinned);
  inspecting = $state(false);
  /** Points are being set by hand on the output. */
  drawing = $state(false);
  points = $state.raw<DrawnPoint[]>([]);
  /** The class of the next one. */
  pointClass = $state(0);
  file = $state.raw<OwnFile | null>(null);
  /** Steps a second that Play asks for; null: as fast as it goes; "epoch": one epoch a second. */
  pace = $state<number | "epoch" | null>(1000);
  /** Which of the doctor's findings is shown, by its place among the first of their kind; null:
   * the newest. */
  findingShown = $state<number | null>(null);
  /** Something that was done, in a few words: "Link copied". */
  notice = $state("");
  dark = $state(false);
  keysShown = $state(false);

  /** What Play and Pause asked for last, while the engine's answer may not be there yet. */
  asked: { play: boolean; until: number } | null = null;
  #views = new Map<View, number>();
  #telling = false;
  #drawn: Promise<void> = Promise.resolve();
  #files: ((name: string, type: string, data: Uint8Array) => void)[] = [];

  /** run: a description to begin with, such as a link's. */
  constructor(readonly transport: Transport, private run: Record<string, unknown> | null = null) {}

  start(): void {
    this.transport.start(this);
  }

  /** In a notebook: there `fit` trains, and the page only looks. */
  get onlyLooks(): boolean {
    return this.transport.kind === "notebook";
  }

  get playing(): boolean {
    return this.line.status?.playing ?? false;
  }

  send(
    command: Command,
    arrays?: Record<string, Uint8Array | Float32Array | Int32Array>,
    shapes?: Record<string, number[]>,
  ): void {
    if (!QUIET.has(command.do)) this.error = this.asked = null;
    this.transport.send(command, arrays, shapes);
  }

  set(field: SettingField, value: unknown): void {
    this.send({ do: "set", field, value });
  }

  /** Say that a view is shown; the function that is given back says that it's no longer. For
   * `$effect(() => lab.want("units"))`. */
  want(...views: View[]): () => void {
    for (const view of views) this.#views.set(view, (this.#views.get(view) ?? 0) + 1);
    this.#tell();
    return () => {
      for (const view of views) this.#views.set(view, (this.#views.get(view) ?? 1) - 1);
      this.#tell();
    };
  }

  /** Called with each file that the engine hands out. */
  onfile(listener: (name: string, type: string, data: Uint8Array) => void): void {
    this.#files.push(listener);
  }

  connected(connection: Connection): void {
    this.connection = connection;
    if (connection.state !== "open") return;
    // After a lost connection the engine goes on with what it kept.
    if (this.transport.kind !== "replay")
      this.transport.send(this.run === null ? { do: "open" } : { do: "open", run: this.run });
    this.run = null;
    this.#tell();
  }

  async frames(frames: Frame[]): Promise<void> {
    for (const frame of frames) this.#take(frame);
    // While these are drawn the engine may work on the next ones, but not on more than these.
    const before = this.#drawn;
    this.#drawn = new Promise<void>((done) => {
      if (document.hidden) setTimeout(done, 30);
      else requestAnimationFrame(() => done());
    });
    await before;
  }

  #take(frame: Frame): void {
    const words = frame.words as unknown;
    if (PER_LINE.has(frame.kind)) {
      const place = (words as { line: number }).line;
      while (this.lines.length <= place) this.lines = [...this.lines, new Line()];
      const line = this.lines[place]!;
      if (frame.kind === "setting") line.setting = words as SettingFrame;
      else if (frame.kind === "status") line.status = words as Status;
      else if (frame.kind === "findings") line.findings = words as FindingsFrame;
      else line[frame.kind as View] = frame;
      return;
    }
    switch (frame.kind) {
      case "hello":
        this.hello = words as Hello;
        break;
      case "lines":
        this.known = words as LinesFrame;
        this.lines = this.lines.slice(0, this.known.lines.length);
        if (this.known.compared === null) this.differs = null;
        break;
      case "data":
        this.data = { words: words as DataFrame, frame };
        this.lines = [new Line()]; // other data: nothing that was known holds any more
        this.pointed = this.pinned = this.cell = this.answer = this.preview = null;
        this.inspecting = false;
        break;
      case "answer":
        this.answer = words as Answer;
        break;
      case "preview":
        this.preview = { words: words as Preview, frame };
        break;
      case "cell":
        this.cell = { words: words as CellFrame, frame };
        break;
      case "differs":
        this.differs = words as DiffersFrame;
        break;
      case "file": {
        const { name, type } = words as FileWords;
        const data = frame.arrays["data"]!.values as Uint8Array;
        for (const listener of this.#files) listener(name, type, data);
        break;
      }
      case "anew":
        this.#beginAgain();
        break;
      case "error":
        this.error = words as ErrorFrame;
        break;
    }
  }

  /** The engine has forgotten the run: what was set is opened again, as far as it can be. */
  #beginAgain(): void {
    const run = this.line.setting?.run;
    const named = (run?.["data"] as { name?: string } | undefined)?.name !== undefined;
    if (run && named) this.transport.send({ do: "open", run });
    this.error = {
      message: named
        ? "The run that was here is gone: the lab was started anew. Its setting is open again."
        : "The run that was here is gone: the lab was started anew. Open your data again.",
      about: null,
    };
  }

  #tell(): void {
    if (this.#telling) return;
    this.#telling = true;
    queueMicrotask(() => {
      this.#telling = false;
      const views = [...this.#views].filter(([, count]) => count > 0).map(([view]) => view);
      this.transport.send({ do: "want", views: views.sort() });
    });
  }
}
