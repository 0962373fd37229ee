// Whether a notebook is dark: by the colour that lies behind the widget, whatever host it is.

/** Tell now and whenever the notebook's theme changes; what is given back ends it. */
export function followTheme(element: Element, tell: (dark: boolean) => void): () => void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  let known: boolean | null = null;
  const look = () => {
    const dark = isDark(element) ?? system.matches;
    if (dark !== known) tell((known = dark));
  };
  // Hosts change a class or an attribute first, and their styles a moment later.
  const soon = () => {
    look();
    requestAnimationFrame(look);
    setTimeout(look, 300);
  };
  const seen = new MutationObserver(soon);
  for (const each of [document.documentElement, document.body])
    seen.observe(each, { attributes: true });
  system.addEventListener("change", soon);
  soon();
  return () => {
    seen.disconnect();
    system.removeEventListener("change", soon);
  };
}

/** By the first colour behind the element that covers; null where there is none. */
function isDark(element: Element): boolean | null {
  for (let each: Element | null = element; each; each = parentOf(each)) {
    const [red, green, blue, alpha] = channels(getComputedStyle(each).backgroundColor);
    if (alpha > 127) return 0.299 * red + 0.587 * green + 0.114 * blue < 128;
  }
  return null;
}

let pixel: CanvasRenderingContext2D | null = null;

/** A colour of any notation, as four numbers of 0 to 255. */
function channels(colour: string): [number, number, number, number] {
  if (!pixel) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    pixel = canvas.getContext("2d", { willReadFrequently: true })!;
  }
  pixel.clearRect(0, 0, 1, 1);
  pixel.fillStyle = colour;
  pixel.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0, alpha = 0] = pixel.getImageData(0, 0, 1, 1).data;
  return [red, green, blue, alpha];
}

function parentOf(element: Element): Element | null {
  const root = element.getRootNode();
  return element.parentElement ?? (root instanceof ShadowRoot ? root.host : null);
}
