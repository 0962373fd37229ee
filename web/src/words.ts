// Numbers and words as the page writes them.

/** Three decimals, with a true minus; a dash for what is not there. */
export function number(value: number | null | undefined, decimals = 3): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const text = Math.abs(value) >= 1e5 || (value !== 0 && Math.abs(value) < 10 ** -decimals / 2)
    ? value.toExponential(2)
    : value.toFixed(decimals);
  return text.replace("-", "−");
}

/** 1267 as 1,267. */
export function count(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** "1 layer", "2 layers". */
export function counted(value: number, word: string): string {
  return `${count(value)} ${word}${value === 1 ? "" : "s"}`;
}
