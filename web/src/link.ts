// A setting as a link: the run's description behind the address, as base64url of its JSON. Nothing
// is stored anywhere, and the part behind # is not sent to a server.
const MARK = "#run=";

export function linkTo(run: Record<string, unknown>, place: string): string {
  const bytes = new TextEncoder().encode(JSON.stringify(run));
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  const coded = btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  return place.replace(/#.*$/s, "") + MARK + coded;
}

/** The run of an address's hash; null where it holds none. Throws a sentence for a broken one. */
export function runOf(hash: string): Record<string, unknown> | null {
  if (!hash.startsWith(MARK)) return null;
  try {
    const text = atob(hash.slice(MARK.length).replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
    const run: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (typeof run === "object" && run !== null && !Array.isArray(run))
      return run as Record<string, unknown>;
  } catch {
    // said below
  }
  throw new Error("The link's setting can't be read: perhaps it was cut off when it was copied.");
}
