// Numbers and words as the page writes them.

/** Three decimals, with a true minus; a dash for what is not there. */
export function number(value: number | null | undefined, decimals = 3): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const text = Math.abs(value) >= 1e5 || (value !== 0 && Math.abs(value) < 10 ** -decimals / 2)
    ? value.toExponential(2)
    : value.toFixed(decimals);
  return text.replaceAll("-", "−");
}

const COUNTS = new Intl.NumberFormat("en-US");

/** 1267 as 1,267. */
export function count(value: number): string {
  return COUNTS.format(Math.round(value));
}

/** "1 layer", "2 layers". */
export function counted(value: number, word: string): string {
  return `${count(value)} ${word}${value === 1 ? "" : "s"}`;
}

/** 0.3 as 30 %. */
export function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

/** 5242880 as 5 MB; 4200 as 4.1 kB. */
export function bytes(size: number): string {
  const [unit, word] = size < 2 ** 20 ? [2 ** 10, "kB"] : [2 ** 20, "MB"];
  return `${Number((size / unit).toFixed(1))} ${word}`;
}

/** A setting's number as short as it can be: 0.3, 0.0002, 1e−6. */
export function short(value: number): string {
  const text = value !== 0 && Math.abs(value) < 1e-4
    ? value.toExponential(2).replace(/\.?0*e/, "e")
    : String(Number(value.toPrecision(6)));
  return text.replaceAll("-", "−");
}

/** The letter of a line: A, B, C. */
export function letter(line: number): string {
  return String.fromCharCode(65 + line);
}

/** 5452595 as 5.2: of a fixed form, where it grows. */
export function megabytes(size: number): string {
  return (size / 2 ** 20).toFixed(1);
}
