// The engine's fragment of HTML as nodes: only elements and attributes that are listed here get in.

const HTML = new Set(
  ("section div span p h2 h3 h4 table caption thead tbody tfoot tr th td ul ol li dl dt dd b strong em i "
    + "sub sup small code mark br hr figure figcaption").split(" "),
);
const MATH = new Set(
  ("math mrow mi mn mo ms mtext mspace msub msup msubsup mfrac msqrt mroot munder mover munderover mtable "
    + "mtr mtd mstyle mpadded mphantom menclose mmultiscripts mprescripts none").split(" "),
);
const SVG = new Set("svg g rect line path circle text tspan title desc".split(" "));
/** These go with all that is in them; of others that aren't listed, what's in them stays. */
const DROPPED = new Set(
  ("script style template iframe frame object embed applet link meta base form input textarea select button "
    + "noscript audio video source image use foreignobject annotation annotation-xml animate set a img").split(" "),
);
const ATTRIBUTES = new Set(
  ("class colspan rowspan scope headers lang dir title role aria-label aria-hidden display mathvariant "
    + "stretchy fence separator form lspace rspace width height depth voffset columnalign rowalign accent "
    + "viewbox x y x1 x2 y1 y2 cx cy r rx ry d transform fill stroke stroke-width opacity text-anchor "
    + "font-size preserveaspectratio shape-rendering").split(" "),
);

export function keepsElement(name: string): boolean {
  const lower = name.toLowerCase();
  return HTML.has(lower) || MATH.has(lower) || SVG.has(lower);
}

export function dropsElement(name: string): boolean {
  return DROPPED.has(name.toLowerCase());
}

/** Whether an attribute gets in: by its name, and not with an address in it. */
export function keepsAttribute(name: string, value: string): boolean {
  const lower = name.toLowerCase();
  if (!ATTRIBUTES.has(lower) && !/^data-[a-z-]+$/.test(lower)) return false;
  return !/url\s*\(|javascript:|expression\s*\(/i.test(value);
}

/** The fragment as nodes of this page. */
export function fragment(html: string): DocumentFragment {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  const result = document.createDocumentFragment();
  copy(parsed.body, result);
  return result;
}

function copy(from: Node, to: Node): void {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) to.appendChild(document.createTextNode(node.nodeValue ?? ""));
    if (!(node instanceof Element) || dropsElement(node.localName)) continue;
    if (!keepsElement(node.localName)) {
      copy(node, to);
      continue;
    }
    const made = document.createElementNS(node.namespaceURI, node.localName);
    for (const { name, value } of node.attributes)
      if (keepsAttribute(name, value)) made.setAttribute(name, value);
    copy(node, made);
    to.appendChild(made);
  }
}
