// Pictures of one's own as grey ones of a common size, with a label each.

const SIDE = 28; // unless all are of one smaller size

export interface Found {
  file: File;
  /** Where it lay, with its folders: cats/01.png. */
  path: string;
}

export interface Pictures {
  pixels: Uint8Array<ArrayBuffer>;
  /** (height, width) */
  shape: [number, number];
  labels: string[];
  name: string;
  /** How many files were no pictures after all. */
  unread: number;
}

export async function decode(found: Found[]): Promise<Pictures> {
  const read: { path: string; bitmap: ImageBitmap }[] = [];
  for (const { file, path } of found) {
    try {
      const bitmap = await createImageBitmap(file);
      read.push({ path, bitmap: await small(bitmap) });
    } catch {
      // counted below
    }
  }
  if (read.length === 0) throw new Error("None of the files could be read as a picture.");
  const first = read[0]!.bitmap;
  const same = read.every(({ bitmap }) => bitmap.width === first.width && bitmap.height === first.height);
  const keep = same && first.width <= SIDE && first.height <= SIDE;
  const [height, width] = keep ? [first.height, first.width] : [SIDE, SIDE];
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const ink = canvas.getContext("2d", { willReadFrequently: true })!;
  const pixels = new Uint8Array(read.length * width * height);
  for (const [place, { bitmap }] of read.entries()) {
    grey(ink, bitmap, width, height, pixels, place * width * height);
    bitmap.close();
  }
  const paths = read.map(({ path }) => path);
  return {
    pixels, shape: [height, width], labels: labelsOf(paths), name: nameOf(paths),
    unread: found.length - read.length,
  };
}

/** No larger than it has to be, so that thousands of photographs fit in memory. */
async function small(bitmap: ImageBitmap): Promise<ImageBitmap> {
  const most = 4 * SIDE, scale = most / Math.max(bitmap.width, bitmap.height);
  if (scale >= 1) return bitmap;
  const made = await createImageBitmap(bitmap, {
    resizeWidth: Math.max(1, Math.round(scale * bitmap.width)),
    resizeHeight: Math.max(1, Math.round(scale * bitmap.height)), resizeQuality: "high",
  });
  bitmap.close();
  return made;
}

/** Draw it whole into the middle, on the colour of its corner, and take its greys. */
function grey(
  ink: CanvasRenderingContext2D, bitmap: ImageBitmap, width: number, height: number,
  pixels: Uint8Array, from: number,
): void {
  ink.fillStyle = "#000";
  ink.fillRect(0, 0, width, height);
  ink.drawImage(bitmap, 0, 0, 1, 1, 0, 0, 1, 1);
  const [r, g, b] = ink.getImageData(0, 0, 1, 1).data;
  ink.fillStyle = `rgb(${r} ${g} ${b})`;
  ink.fillRect(0, 0, width, height);
  const scale = Math.min(width / bitmap.width, height / bitmap.height);
  const across = scale * bitmap.width, down = scale * bitmap.height;
  ink.imageSmoothingQuality = "high";
  ink.drawImage(bitmap, (width - across) / 2, (height - down) / 2, across, down);
  const { data } = ink.getImageData(0, 0, width, height);
  for (let i = 0; i < width * height; i++)
    pixels[from + i] = Math.round(0.299 * data[4 * i]! + 0.587 * data[4 * i + 1]! + 0.114 * data[4 * i + 2]!);
}

/** The folder that each lies in, if they lie in several; else what its name begins with. */
export function labelsOf(paths: string[]): string[] {
  const folders = paths.map((path) => path.split("/").at(-2) ?? "");
  if (new Set(folders).size > 1) return folders;
  return paths.map((path) => {
    const file = path.split("/").at(-1)!.replace(/\.[^.]*$/, "");
    return /^[^\d_\- ]+/.exec(file)?.[0] ?? file.split(/[_\- ]/)[0]!;
  });
}

function nameOf(paths: string[]): string {
  const first = paths[0]!.split("/");
  return first.length > 1 ? first[0]! : "pictures";
}
