// Files of one's own: what is a table goes to the engine to be read, pictures are decoded here.
import type { Lab } from "../../lab.svelte.ts";
import { bytes } from "../../words.ts";
import { decode, type Found } from "./images.ts";

const PICTURE = /\.(png|jpe?g|gif|webp|bmp|avif)$/i;

/** Take what was chosen or dropped: one table, or pictures. */
export async function take(lab: Lab, found: Found[]): Promise<void> {
  if (found.length === 0) return;
  const pictures = found.filter(({ file }) => file.type.startsWith("image/") || PICTURE.test(file.name));
  const limit = lab.hello?.limits.upload ?? 20e6;
  try {
    if (pictures.length > 0) return await takePictures(lab, pictures, limit);
    if (found.length > 1)
      throw new Error("Several files were given and none is a picture: give one table, or pictures.");
    const { file } = found[0]!;
    if (file.size > limit)
      throw new Error(`“${file.name}” has ${bytes(file.size)}; the lab reads up to ${bytes(limit)}.`);
    const data = new Uint8Array(await file.arrayBuffer());
    readTable(lab, file.name, data, {});
  } catch (error) {
    lab.error = { message: (error as Error).message, about: "read" };
  }
}

/** Ask the engine to read a table, with these fields of "read". */
export function readTable(
  lab: Lab, name: string, data: Uint8Array, fields: Record<string, unknown>,
): void {
  lab.file = { name, data, fields };
  lab.send({ do: "read", name, ...fields }, { data });
}

async function takePictures(lab: Lab, found: Found[], limit: number): Promise<void> {
  const most = lab.hello?.limits.samples ?? 100_000;
  if (found.length > most)
    throw new Error(`${found.length.toLocaleString("en-US")} pictures are more than the ${most.toLocaleString("en-US")} that the lab takes.`);
  lab.notice = `Reading ${found.length.toLocaleString("en-US")} pictures`;
  const { pixels, shape, labels, name, unread } = await decode(found);
  if (pixels.length > limit)
    throw new Error(`The pictures have ${bytes(pixels.length)} of pixels; the lab takes up to ${bytes(limit)}: give fewer.`);
  lab.notice = unread > 0 ? `${unread} of ${found.length} files could not be read as pictures` : "";
  lab.file = null;
  lab.send({ do: "pictures", name, labels }, { pixels }, { pixels: [labels.length, ...shape] });
}

/** The files of a drop, those in folders too. */
export async function dropped(transfer: DataTransfer): Promise<Found[]> {
  const entries = [...transfer.items].filter((item) => item.kind === "file")
    .map((item) => item.webkitGetAsEntry());
  const plain = [...transfer.files].map((file) => ({ file, path: file.name }));
  if (entries.every((entry) => entry === null || entry.isFile)) return plain;
  const found: Found[] = [];
  for (const entry of entries) if (entry) await gather(entry, found);
  return found;
}

async function gather(entry: FileSystemEntry, found: Found[]): Promise<void> {
  if (entry.name.startsWith(".")) return;
  if (entry.isFile) {
    const file = await new Promise<File>((done, fail) => (entry as FileSystemFileEntry).file(done, fail));
    found.push({ file, path: entry.fullPath.replace(/^\//, "") });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((done, fail) => reader.readEntries(done, fail));
    if (some.length === 0) return;
    for (const each of some) await gather(each, found);
  }
}
