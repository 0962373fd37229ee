// A pool of SVG paths that is drawn anew with every frame: only what changed is set.

interface Drawn {
  element: SVGPathElement;
  d: string;
  kind: string;
  width: string;
  strength: string;
}

export interface Stroke {
  d: string;
  /** A class: "positive", "negative", "grey" …. */
  kind: string;
  width: number;
  strength: number;
}

export class Paths {
  #drawn: Drawn[] = [];
  #shown = 0;

  constructor(private readonly group: SVGGElement) {}

  draw(strokes: readonly Stroke[]): void {
    strokes.forEach((stroke, place) => {
      const drawn = this.#drawn[place] ?? this.#add();
      if (drawn.d !== stroke.d) drawn.element.setAttribute("d", (drawn.d = stroke.d));
      if (drawn.kind !== stroke.kind) drawn.element.setAttribute("class", (drawn.kind = stroke.kind));
      const width = stroke.width.toFixed(1), strength = stroke.strength.toFixed(2);
      if (drawn.width !== width) drawn.element.setAttribute("stroke-width", (drawn.width = width));
      if (drawn.strength !== strength)
        drawn.element.setAttribute("opacity", (drawn.strength = strength));
    });
    for (let place = strokes.length; place < this.#shown; place++) {
      const drawn = this.#drawn[place]!;
      drawn.element.setAttribute("d", (drawn.d = ""));
    }
    this.#shown = strokes.length;
  }

  #add(): Drawn {
    const element = document.createElementNS("http://www.w3.org/2000/svg", "path");
    this.group.append(element);
    const drawn = { element, d: "", kind: "", width: "", strength: "" };
    this.#drawn.push(drawn);
    return drawn;
  }
}
