// The panels as they are drawn, as one SVG without outside references: drawings are copied with
// their computed colours, canvases as images, words as text.

export interface Picture {
  text: string;
  width: number;
  height: number;
}

const STYLES = [
  "fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray",
  "stroke-linecap", "stroke-linejoin", "opacity", "font-family", "font-size", "font-weight",
  "text-anchor", "dominant-baseline", "visibility", "paint-order",
];
const CONTROLS = "button, input, select, textarea";
/** Not drawn: what one works with. What a list shows as chosen is drawn as text. */
const LEFT_OUT = "button, input, textarea, label, dialog, [popover], "
  + "[role=tablist], .unseen, .hint";
const SVG = "http://www.w3.org/2000/svg";
const GAP = 16;

/** The picture of these elements, side by side. */
export function svgOf(elements: HTMLElement[]): Picture {
  const seen = elements.filter((element) => element.getBoundingClientRect().width > 0);
  if (seen.length === 0) throw new Error("nothing is drawn yet.");
  const made = document.createElementNS(SVG, "svg");
  let width = GAP, height = 0;
  for (const element of seen) {
    const box = element.getBoundingClientRect();
    const part = document.createElementNS(SVG, "g");
    part.setAttribute("transform", `translate(${width} ${GAP})`);
    draw(element, box, part);
    made.append(part);
    width += box.width + GAP;
    height = Math.max(height, box.height + 2 * GAP);
  }
  const paper = document.createElementNS(SVG, "rect");
  set(paper, { width, height, fill: paperBehind(seen[0]!) });
  made.prepend(paper);
  set(made, { xmlns: SVG, width, height, viewBox: `0 0 ${width} ${height}` });
  return { text: new XMLSerializer().serializeToString(made), width, height };
}

/** The colour on which the page lies; in a notebook the document's own is another. */
function paperBehind(element: Element): string {
  for (let each: Element | null = element; each; each = each.parentElement) {
    const colour = getComputedStyle(each).backgroundColor;
    if (colour !== "transparent" && colour !== "rgba(0, 0, 0, 0)") return colour;
  }
  return getComputedStyle(document.body).backgroundColor;
}

/** The same in pixels. */
export async function pngOf({ text, width, height }: Picture, dense: number): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * dense);
  canvas.height = Math.round(height * dense);
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done, fail) =>
    canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error("it has no pixels."))), "image/png"));
}

function draw(element: Element, origin: DOMRect, into: SVGElement): void {
  if (element.matches(LEFT_OUT)) return;
  const style = getComputedStyle(element);
  if (style.display === "none" || style.visibility === "hidden" || style.opacity === "0") return;
  const box = element.getBoundingClientRect();
  const x = box.left - origin.left, y = box.top - origin.top;
  if (element instanceof SVGSVGElement && element.parentElement?.querySelector(":scope > select")) return;
  if (element instanceof HTMLSelectElement) return drawChoice(element, style, x, y, box, into);
  if (element instanceof SVGSVGElement) return drawSvg(element, x, y, into);
  if (element instanceof HTMLCanvasElement) {
    if (element.width === 0 || element.height === 0) return;
    const image = document.createElementNS(SVG, "image");
    set(image, { x, y, width: box.width, height: box.height, preserveAspectRatio: "none", href: element.toDataURL() });
    if (style.imageRendering === "pixelated") image.setAttribute("image-rendering", "pixelated");
    if (style.opacity !== "1") image.setAttribute("opacity", style.opacity);
    into.append(image);
    return;
  }
  if (!element.matches(CONTROLS) && !element.querySelector(CONTROLS)) drawBox(style, x, y, box, into);
  const group = style.opacity === "1" ? into : document.createElementNS(SVG, "g");
  if (group !== into) {
    group.setAttribute("opacity", style.opacity);
    into.append(group);
  }
  for (const child of element.childNodes) {
    if (child instanceof Element) draw(child, origin, group);
    else if (child instanceof Text) drawText(child, style, origin, group);
  }
}

function drawBox(style: CSSStyleDeclaration, x: number, y: number, box: DOMRect, into: SVGElement): void {
  const line = parseFloat(style.borderTopWidth);
  const filled = !/, 0\)$|^transparent$/.test(style.backgroundColor);
  if (!filled && !(line > 0 && parseFloat(style.borderLeftWidth) > 0)) return;
  const rect = document.createElementNS(SVG, "rect");
  const inset = line / 2;
  set(rect, {
    x: x + inset, y: y + inset, width: Math.max(0, box.width - line),
    height: Math.max(0, box.height - line), rx: parseFloat(style.borderTopLeftRadius) || 0,
    fill: filled ? style.backgroundColor : "none", stroke: line > 0 ? style.borderTopColor : "none",
    "stroke-width": line,
  });
  into.append(rect);
}

/** What a list shows as chosen. */
function drawChoice(
  { selectedOptions }: HTMLSelectElement, style: CSSStyleDeclaration, x: number, y: number,
  box: DOMRect, into: SVGElement,
): void {
  const words = selectedOptions[0]?.text ?? "";
  write(words, style, x + parseFloat(style.paddingLeft), y + box.height / 2, into);
}

function drawText(node: Text, style: CSSStyleDeclaration, origin: DOMRect, into: SVGElement): void {
  const words = node.data.trim();
  if (!words) return;
  const range = document.createRange();
  range.selectNodeContents(node);
  const box = range.getBoundingClientRect();
  if (box.width === 0) return;
  write(words, style, box.left - origin.left, box.top - origin.top + box.height / 2, into);
}

/** y: the middle of the line. */
function write(words: string, style: CSSStyleDeclaration, x: number, y: number, into: SVGElement): void {
  const text = document.createElementNS(SVG, "text");
  const size = parseFloat(style.fontSize);
  set(text, {
    x, y: y + 0.35 * size,
    fill: style.color, "font-family": style.fontFamily, "font-size": size,
    "font-weight": style.fontWeight,
  });
  text.textContent = words;
  into.append(text);
}

function drawSvg(source: SVGSVGElement, x: number, y: number, into: SVGElement): void {
  const copy = source.cloneNode(true) as SVGSVGElement;
  inline(source, copy);
  const box = source.getBoundingClientRect();
  copy.removeAttribute("class");
  copy.removeAttribute("style");
  set(copy, { x, y, width: box.width, height: box.height, overflow: getComputedStyle(source).overflow });
  into.append(copy);
}

/** Computed styles as attributes, all the way down; canvases inside as images. */
function inline(source: Element, copy: Element): void {
  const style = getComputedStyle(source);
  if (style.display === "none") return void copy.replaceChildren();
  for (const name of STYLES) {
    const value = style.getPropertyValue(name);
    if (value && value !== "none" && value !== "auto" && value !== "normal") copy.setAttribute(name, value);
    else if (name === "fill" || name === "stroke") copy.setAttribute(name, value || "none");
  }
  copy.removeAttribute("class");
  copy.removeAttribute("style");
  const from = [...source.children], to = [...copy.children];
  for (const [place, child] of from.entries()) {
    const match = to[place]!;
    if (child instanceof HTMLCanvasElement || child.tagName === "foreignObject") {
      match.replaceWith(inside(child));
      continue;
    }
    inline(child, match);
  }
}

function inside(element: Element): Element {
  const canvas = element instanceof HTMLCanvasElement ? element : element.querySelector("canvas");
  if (!canvas || canvas.width === 0) return document.createElementNS(SVG, "g");
  const image = document.createElementNS(SVG, "image");
  for (const name of ["x", "y", "width", "height"])
    image.setAttribute(name, element.getAttribute(name) ?? "0");
  set(image, { href: canvas.toDataURL(), preserveAspectRatio: "none" });
  return image;
}

function set(element: Element, attributes: Record<string, string | number>): void {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
}
