// The files that make Python: fetched all at once, counted as they come, and checked.

export interface FileAbout {
  path: string;
  size: number;
  sha256: string;
}

/** settings.json, as glassnet/lab/static/folder.py writes it. */
export interface Settings {
  format: string;
  python: Record<string, string>;
  main: FileAbout;
  runtime: FileAbout;
  wasm: FileAbout;
  library: FileAbout;
  wheels: FileAbout[];
}

/** What went wrong, as a sentence for the visitor. */
export class Fault extends Error {}

const HERE = new URL(".", self.location.href);

/** A file's address. Its hash is part of it, so that no host or browser gives an older version. */
export function addressOf(about: FileAbout): string {
  return new URL(`${about.path}?${about.sha256.slice(0, 12)}`, HERE).href;
}

export function folderOf(about: FileAbout): string {
  return new URL(".", new URL(about.path, HERE)).href;
}

export async function readSettings(): Promise<Settings> {
  const response = await fetched("settings.json", new URL("settings.json", HERE).href, "no-cache");
  try {
    const settings = (await response.json()) as Settings;
    if (settings.format === "glassnet-static") return settings;
  } catch {
    // Said below.
  }
  throw new Fault("settings.json is not what glassnet wrote: write the folder again.");
}

/** A file's bytes; counted: told of each piece's length. */
export async function read(
  about: FileAbout,
  counted: (length: number) => void,
): Promise<ArrayBuffer> {
  const response = await fetched(about.path, addressOf(about));
  const data = await new Response(counting(response, counted)).arrayBuffer();
  await check(about, data);
  return data;
}

/** A file that is used while it comes; `checked` is kept or broken when it is whole. */
export async function stream(
  about: FileAbout,
  type: string,
  counted: (length: number) => void,
): Promise<{ response: Response; checked: Promise<void> }> {
  const response = await fetched(about.path, addressOf(about));
  const copy = counting(response.clone(), counted);
  const checked = new Response(copy).arrayBuffer().then((data) => check(about, data));
  // The host's own answer is kept where it can be: a browser keeps what it compiled from it.
  if (response.headers.get("Content-Type")?.startsWith(type)) return { response, checked };
  return { response: new Response(response.body, { headers: { "Content-Type": type } }), checked };
}

async function fetched(
  path: string, address: string, cache: RequestCache = "default",
): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(address, { cache });
  } catch {
    throw new Fault(`${path} could not be fetched: is there a connection to the page's host?`);
  }
  if (!response.ok)
    throw new Fault(`${path} could not be fetched: the page's host answered ${response.status}.`);
  return response;
}

function counting(
  response: Response, counted: (length: number) => void,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return response.body!.pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(piece, controller) {
        counted(piece.byteLength);
        controller.enqueue(piece);
      },
    }),
  );
}

async function check(about: FileAbout, data: ArrayBuffer): Promise<void> {
  const wrong = new Fault(
    `${about.path} is not the file that was written (it has ${data.byteLength} of ${about.size} ` +
      "bytes, or others): load the page again, or copy the folder anew.",
  );
  if (data.byteLength !== about.size) throw wrong;
  // Over plain http there is no crypto.subtle, except from this machine: the size must do.
  if (!globalThis.crypto?.subtle) return;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
  const found = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (found !== about.sha256) throw wrong;
}
