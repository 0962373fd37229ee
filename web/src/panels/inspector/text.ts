// The inspector's content as plain text: tables with tabs, formulas in a line.

/** What is needed of a DOM node. */
export interface TextNode {
  readonly nodeName: string;
  readonly nodeValue: string | null;
  readonly childNodes: ArrayLike<TextNode>;
}

export function textOf(node: TextNode): string {
  return write(node).replace(/[ \u00a0]+/g, " ").replace(/ ?\n ?/g, "\n").replace(/\n{3,}/g, "\n\n").trim();
}

function write(node: TextNode): string {
  const name = node.nodeName.toLowerCase();
  if (name === "#text") return (node.nodeValue ?? "").replace(/\s+/g, " ");
  const parts = () =>
    Array.from(node.childNodes).filter((each) => each.nodeName !== "#text" || each.nodeValue?.trim());
  const at = (place: number) => {
    const part = parts()[place];
    return part ? write(part) : "";
  };
  switch (name) {
    case "msub": return `${at(0)}_${whole(at(1))}`;
    case "msup": return `${at(0)}^${whole(at(1))}`;
    case "msubsup": return `${at(0)}_${whole(at(1))}^${whole(at(2))}`;
    case "munder": return `${at(0)}_${whole(at(1))}`;
    case "mover": return at(1) === "^" || at(1) === "ˆ" ? `${at(0)}\u0302` : `${at(0)}^${whole(at(1))}`;
    case "munderover": return `${at(0)}_${whole(at(1))}^${whole(at(2))}`;
    case "mfrac": return `${whole(at(0))}/${whole(at(1))}`;
    case "msqrt": return `√${whole(all(node))}`;
    case "br": return "\n";
    case "td": case "th": return `${all(node).trim()}\t`;
    case "tr": case "mtr": return `${all(node).replace(/\t\s*$/, "").trimStart()}\n`;
    case "p": case "li": case "dt": case "dd": case "caption": case "div": case "figcaption":
      return `\n${all(node)}\n`;
    case "h2": case "h3": case "h4": case "section": case "table": case "figure":
      return `\n\n${all(node)}\n`;
    case "title": case "desc": return "";
    default: return all(node);
  }
}

function all(node: TextNode): string {
  return Array.from(node.childNodes).map(write).join("");
}

/** In parentheses, unless it is one word or number. */
function whole(text: string): string {
  const short = text.trim();
  return /^[\p{L}\p{N}\p{M}.]*$/u.test(short) || /^\(.*\)$/.test(short) ? short : `(${short})`;
}
