// Python in the visitor's browser: a module worker that starts Pyodide from the files beside it and
// carries one session. The page sends commands; it gets connection notes, and bundles of frames.
import { addressOf, Fault, folderOf, read, readSettings, stream } from "./files.ts";
import type { FileAbout } from "./files.ts";
import type { Bytes, Carrier, Python, PyodideModule } from "./pyodide.ts";

type Command = string | ArrayBuffer;

const NOTE = "Starting Python in this browser";
const BETWEEN = 50; // milliseconds from one note of progress to the next
const SITE = "/lib/python3.14/site-packages";
const BEGIN = `
from glassnet.lab.static.carrier import Carrier

carrier = Carrier()


def receive_bytes(buffer):
    carrier.receive(buffer.to_bytes())
`;

const page = self as unknown as {
  postMessage(message: unknown, transfer?: Transferable[]): void;
  onmessage: ((event: MessageEvent<Command>) => void) | null;
  close(): void;
};

const early: Command[] = []; // commands that came before Python was there
page.onmessage = ({ data }) => early.push(data);

start().then(run, (error: unknown) => end(sentence(error)));

/** The last that the page hears; what is still on its way is let go. */
function end(note: string): void {
  page.postMessage({ state: "lost", note });
  page.close();
}

async function start(): Promise<Python> {
  if (typeof WebAssembly !== "object")
    throw new Fault(
      "This browser has no WebAssembly, which Python needs here: use a current browser, or type " +
        "glassnet lab on a machine with Python.",
    );
  const settings = await readSettings();
  const { main, runtime, wasm, library, wheels } = settings;
  const counted = progress([wasm, library, ...wheels]);
  // Everything is asked for at once; Pyodide finds it under way when it asks.
  const scripts = Promise.all([import(/* @vite-ignore */ addressOf(main)), preload(runtime)]);
  const wasmComes = stream(wasm, "application/wasm", counted);
  const libraryComes = read(library, counted);
  const wheelsCome = Promise.all(wheels.map((wheel) => read(wheel, counted)));
  answer(folderOf(wasm) + "pyodide.asm.wasm", async () => (await wasmComes).response);
  answer(folderOf(library) + "python_stdlib.zip", async () => new Response(await libraryComes));
  const started = scripts.then(([module]) =>
    (module as PyodideModule).loadPyodide({
      indexURL: folderOf(main),
      packageBaseUrl: folderOf(main),
      lockFileContents: { info: settings.python, packages: {} },
      env: { PYTHONDONTWRITEBYTECODE: "1" },
    }),
  );
  // Pyodide waits for ever for what can't be had, so its sources are asked as well.
  const wasmChecked = wasmComes.then(({ checked }) => checked);
  const sources = [scripts, wasmChecked, libraryComes, wheelsCome];
  const broken = new Promise<never>((_, reject) => {
    for (const source of sources) source.catch(reject);
    // A file that is not whole can't be compiled either: that is the better reason.
    tellOfCompiling((error) => wasmChecked.then(() => reject(error), reject));
  });
  const python = await Promise.race([started, broken]);
  await Promise.race([Promise.all(sources), broken]);
  page.postMessage({ state: "starting", note: NOTE });
  for (const wheel of await wheelsCome) python.unpackArchive(wheel, "wheel", { extractDir: SITE });
  python.runPython(BEGIN);
  return python;
}

/** Commands in, slices of training, bundles out. */
function run(python: Python): void {
  const carrier = python.globals.get("carrier") as Carrier;
  const receiveBytes = python.globals.get("receive_bytes") as (data: Uint8Array) => void;
  const next = new MessageChannel(); // a turn after what has come meanwhile, without a delay
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isDue = false;

  const guarded = (action: () => void) => {
    try {
      action();
    } catch (error) {
      end(`Python stopped. ${sentence(error)}`);
    }
  };
  const soon = () => {
    clearTimeout(timer);
    if (!isDue) next.port2.postMessage(null);
    isDue = true;
  };
  const receive = (message: Command) => {
    if (typeof message === "string") carrier.receive(message);
    else receiveBytes(new Uint8Array(message));
    soon();
  };
  next.port1.onmessage = () =>
    guarded(() => {
      isDue = false;
      const wait = carrier.turn();
      const bundle = carrier.next_bundle();
      if (bundle) post(bundle);
      if (wait === 0) soon();
      else if (wait > 0) timer = setTimeout(soon, 1000 * wait);
    });
  page.onmessage = ({ data }) => guarded(() => receive(data));
  page.postMessage({ state: "open" });
  guarded(() => early.splice(0).forEach(receive));
}

/** Give the page Python's bytes; the copy is the page's own. */
function post(bundle: Bytes): void {
  const buffer = bundle.getBuffer("u8");
  const copy = buffer.data.slice().buffer;
  buffer.release();
  bundle.destroy();
  page.postMessage(copy, [copy]);
}

/** Tells the page how many bytes of all have come. */
function progress(files: FileAbout[]): (length: number) => void {
  const all = files.reduce((sum, file) => sum + file.size, 0);
  let done = 0;
  let told = -Infinity;
  return (length) => {
    done += length;
    const now = performance.now();
    if (now - told < BETWEEN && done < all) return;
    told = now;
    page.postMessage({ state: "starting", note: NOTE, done, all });
  };
}

/** Have a module on its way under the address by which Pyodide will import it. */
async function preload(about: FileAbout): Promise<void> {
  await import(/* @vite-ignore */ new URL("pyodide.asm.mjs", folderOf(about)).href);
}

/** Pyodide's own fetch of an address is answered with what is on its way already. */
function answer(address: string, respond: () => Promise<Response>): void {
  const before = self.fetch;
  self.fetch = (input, init) => {
    const asked = input instanceof Request ? input.url : String(input);
    return asked === address ? respond() : before(input, init);
  };
}

/** Pyodide only warns where the browser can't compile it. */
function tellOfCompiling(fails: (error: unknown) => void): void {
  const before = WebAssembly.instantiateStreaming;
  WebAssembly.instantiateStreaming = (source, imports) => {
    const compiled = before(source, imports);
    compiled.catch(fails);
    return compiled;
  };
}

function sentence(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof Fault) return text;
  if (error instanceof RangeError || /memory/i.test(text))
    return "There is not enough memory for Python in this browser: close other pages and try again.";
  const lines = text.trim().split("\n");
  const line = (lines[0]!.startsWith("Traceback") ? lines.at(-1) : lines[0]) ?? "";
  return `Python could not be started in this browser: ${line.slice(0, 300)}`;
}
