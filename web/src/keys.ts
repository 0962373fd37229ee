// Single keys for the whole page. They rest inside fields, and can be turned off.
import { canPlay, playOrPause, toFinding, toKept } from "./actions.ts";
import type { Lab, PanelName } from "./lab.svelte.ts";

const KEPT_AS = "glassnet-keys";
const PANELS: PanelName[] = ["data", "network", "output", "loss", "doctor", "time"];
const FIELDS = "input:not([type=range]):not([type=radio]):not([type=checkbox]), select, textarea, "
  + "[contenteditable], [role=menu]";
/** Where Space has a meaning of its own. */
const PRESSED = "button, a, input, summary, [role=button], [role=tab], [role=option], [role=slider]";

export const KEYS: { keys: string[]; does: string }[] = [
  { keys: ["Space"], does: "Play, Pause" },
  { keys: ["S", "E"], does: "Step, Epoch" },
  { keys: ["R"], does: "Reset" },
  { keys: [",", "."], does: "one kept step back, on" },
  { keys: ["[", "]"], does: "previous, next finding" },
  { keys: ["Home", "End"], does: "start, now (on the slider)" },
  { keys: ["B"], does: "branch here" },
  { keys: ["1", "…", "6"], does: "go to a panel, in order" },
  { keys: ["←", "→", "↑", "↓"], does: "from unit to unit" },
  { keys: ["Enter"], does: "inspect; again: a weight" },
  { keys: ["+", "−"], does: "add, remove a unit" },
  { keys: ["?"], does: "these keys" },
  { keys: ["Esc"], does: "close, let go" },
];

export function keysAreOn(): boolean {
  return remembered(KEPT_AS) !== "off";
}

export function turnKeys(on: boolean): void {
  remember(KEPT_AS, on ? "on" : "off");
}

/** Something kept from visit to visit; where that's forbidden, nothing is. */
export function remembered(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // private windows
  }
}

/** Hear the keys of an element or the window; returns what ends it. */
export function hearKeys(lab: Lab, root: HTMLElement, place: EventTarget): () => void {
  const hear = (event: Event) => key(lab, root, event as KeyboardEvent);
  place.addEventListener("keydown", hear);
  return () => place.removeEventListener("keydown", hear);
}

function key(lab: Lab, root: HTMLElement, event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.composedPath()[0];
  if (!(target instanceof Element) || target.closest("dialog")) return;
  if (event.key === "Escape") return letGo(lab);
  if (target.closest(FIELDS) || !keysAreOn()) return;
  if (event.key === " " && target.closest(PRESSED)) return;
  if (act(lab, root, event.key)) event.preventDefault();
}

/** Let go of one thing, the innermost. */
function letGo(lab: Lab): void {
  if (lab.drawing) lab.drawing = false;
  else if (lab.inspecting) lab.inspecting = false;
  else lab.pinned = lab.pointed = null;
}

function act(lab: Lab, root: HTMLElement, key: string): boolean {
  if (key === "?") return (lab.keysShown = true);
  if (key >= "1" && key <= "6" && key.length === 1) return goTo(root, PANELS[Number(key) - 1]!);
  if (key === ",") return toKept(lab, -1), true;
  if (key === ".") return toKept(lab, 1), true;
  if (key === "[") return toFinding(lab, -1), true;
  if (key === "]") return toFinding(lab, 1), true;
  if (!canPlay(lab)) return false;
  switch (key.toLowerCase()) {
    case " ":
      return playOrPause(lab), true;
    case "s":
      return lab.send({ do: "step" }), true;
    case "e":
      return lab.send({ do: "epoch" }), true;
    case "r":
      return lab.send({ do: "reset" }), true;
    case "b":
      return lab.transport.kind !== "replay" && (lab.send({ do: "branch" }), true);
  }
  return false;
}

function goTo(root: HTMLElement, name: PanelName): boolean {
  const panel = root.querySelector(`[data-panel="${name}"]`);
  const parts = panel?.querySelectorAll<HTMLElement>(
    "button, input, select, [tabindex]:not([tabindex='-1'])",
  );
  const first = [...(parts ?? [])].find(
    (part) => part.offsetParent !== null && part.tabIndex >= 0 && !part.matches(":disabled"),
  );
  const chosen = panel?.querySelector<HTMLElement>("input:checked");
  (chosen ?? first ?? (panel as HTMLElement | null))?.focus();
  return panel !== null;
}
