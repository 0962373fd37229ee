// What a diagram is laid out for, and what comes of it: places, columns, pairs of columns.

/** A place, in pixels from the diagram's top left. */
export interface Slot {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** units: one below the other; block: tiles in rows; slim: closed, in a deep network; picture: the
 * sample itself; rows: features of a table; outputs: labels with their probabilities. */
export type Form = "units" | "block" | "slim" | "picture" | "rows" | "outputs";

export interface Column extends Slot {
  /** −1: the inputs; 0 …: the layers with weights. */
  layer: number;
  units: number;
  form: Form;
  slots: Slot[];
  /** Tiles of a block's row; 1 else. */
  across: number;
}

/** links: each weight; bands: one for each row; grey: closed, only that there are some. */
export interface Pair {
  from: number; // places of columns
  to: number;
  form: "links" | "bands" | "grey";
}

export interface Layout {
  columns: Column[];
  pairs: Pair[];
  deep: boolean;
  /** In a deep network: the left column of the pair that is open. */
  open: number;
}

export interface Plan {
  width: number;
  height: number;
  data: "plane" | "picture" | "table";
  /** Units of the inputs' column; rows that are shown, for tables. */
  inputs: number;
  /** Units of each layer with weights, the output's last. */
  layers: number[];
  /** Room for the labels beside inputs and outputs of the plane. */
  labels: number;
  open: number | null;
  /** A pad to draw on stands above the picture. */
  pad?: boolean;
}
