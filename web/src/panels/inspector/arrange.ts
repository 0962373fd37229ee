// The engine's sections as the page lays them out: factors side by side, what is numeric beside
// them, the whys below.

const MOST_FACTORS = 6; // side by side

export function arrange(root: ParentNode, agrees: boolean | null): void {
  for (const heading of root.querySelectorAll("h2, h3, h4")) unnumber(heading);
  for (const table of root.querySelectorAll("table")) alignHeads(table);
  const backward = root.querySelector("section.backward"), numeric = root.querySelector("section.numeric");
  if (backward) {
    const table = backward.querySelector("table");
    if (table && table.rows.length <= MOST_FACTORS + 1) table.replaceWith(turned(table));
    const rest = afterSecondHeading(backward);
    if (rest) (numeric && numeric.previousElementSibling === backward ? numeric : backward).after(rest);
  }
  if (numeric && agrees !== null) {
    const line = document.createElement("p");
    line.className = "verdict";
    line.textContent = agrees ? "✓ they agree" : "◆ they differ";
    numeric.append(line);
  }
}

/** "6. One weight" without the number that the whole explanation gives it. */
function unnumber(heading: Element): void {
  const first = heading.firstChild;
  if (first?.nodeType === Node.TEXT_NODE) first.nodeValue = (first.nodeValue ?? "").replace(/^\s*\d+\.\s+/, "");
}

/** The head of a column of numbers stands at the right, as they do. */
function alignHeads(table: HTMLTableElement): void {
  const [head, ...rows] = table.rows;
  if (!head) return;
  Array.from(head.cells).forEach((cell, place) => {
    const below = rows.map((row) => row.cells[place]).filter((each) => each !== undefined);
    const isNumber = below.length > 0 && below.every((each) => each.classList.contains("number"));
    if (isNumber && cell.tagName === "TH") cell.classList.add("number");
    if (cell.tagName === "TH" && !cell.textContent?.trim()) cell.replaceWith(document.createElement("td"));
  });
}

/** A table whose rows become columns. */
function turned(table: HTMLTableElement): HTMLTableElement {
  const made = document.createElement("table");
  made.className = "turned";
  const rows = Array.from(table.rows);
  const columns = Math.max(0, ...rows.map((row) => row.cells.length));
  for (let place = 0; place < columns; place++) {
    const row = made.insertRow();
    for (const from of rows) {
      const cell = from.cells[place];
      if (!cell) continue;
      if (cell.tagName === "TH") cell.setAttribute("scope", "row");
      cell.classList.remove("number");
      row.append(cell.cloneNode(true));
    }
  }
  return made;
}

/** What stands in a section from its second heading on, as a section of its own. */
function afterSecondHeading(section: Element): Element | null {
  const second = section.querySelectorAll(":scope > :is(h2, h3, h4)")[1];
  if (!second) return null;
  const rest = document.createElement("section");
  rest.className = "why";
  for (let node: ChildNode | null = second; node; ) {
    const next: ChildNode | null = node.nextSibling;
    rest.append(node);
    node = next;
  }
  return rest;
}
