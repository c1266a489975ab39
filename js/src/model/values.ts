// What a tensor shows, read from its storage through its offset and strides.

import type { Num } from "./events.ts";
import type { StorageState, TensorState } from "./state.ts";

/** Values as rows and columns: leading dimensions are stacked as rows. `cut` says that some were left out. */
export interface Grid {
  readonly rows: number;
  readonly columns: number;
  readonly values: readonly Num[];
  readonly cut: boolean;
}

const MOST_ROWS = 16;
const MOST_COLUMNS = 32;

export function asNumber(x: Num): number {
  return typeof x === "number" ? x : x === "inf" ? Infinity : x === "-inf" ? -Infinity : Number.NaN;
}

export function count(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** A whole number with commas. Asking Intl for one takes 20 ms, the first time. */
export const thousands = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ",");

/** Where in the storage the elements of a window lie, row by row. */
export function* places(t: Pick<TensorState, "shape" | "stride" | "offset">): Generator<number> {
  const n = t.shape.length;
  if (count(t.shape) === 0) return;
  const index = new Array<number>(n).fill(0);
  let at = t.offset;
  for (;;) {
    yield at;
    let d = n - 1;
    while (d >= 0 && index[d] === t.shape[d]! - 1) {
      at -= index[d]! * t.stride[d]!;
      index[d] = 0;
      d--;
    }
    if (d < 0) return;
    index[d] = index[d]! + 1;
    at += t.stride[d]!;
  }
}

/** The values of a tensor as a grid, or null where they are not known. */
export function gridOf(t: TensorState, storage: StorageState | undefined): Grid | null {
  const size = count(t.shape);
  const cells = storage?.cells;
  if (cells && size > 0) {
    const columns = t.shape.at(-1) ?? 1;
    const rows = size / columns;
    const values: Num[] = [];
    let i = 0;
    for (const at of places(t)) {
      const row = Math.floor(i / columns);
      if (row >= MOST_ROWS) break;
      if (i % columns < MOST_COLUMNS) values.push(cells[at] ?? "nan");
      i++;
    }
    return {
      rows: Math.min(rows, MOST_ROWS),
      columns: Math.min(columns, MOST_COLUMNS),
      values,
      cut: rows > MOST_ROWS || columns > MOST_COLUMNS,
    };
  }
  if (t.thumb) return { rows: t.thumb.rows, columns: t.thumb.columns, values: t.thumb.values, cut: true };
  return null;
}

/** A value in at most about six characters. */
export function short(x: Num, dtype = "float32"): string {
  if (typeof x === "string") return x === "inf" ? "∞" : x === "-inf" ? "−∞" : "nan";
  if (dtype === "bool") return x ? "T" : "F";
  const size = Math.abs(x);
  let text: string;
  if (x === 0) text = "0";
  else if (size >= 1e5 || size < 1e-3) text = x.toExponential(0).replace("e+", "e");
  else if (Number.isInteger(x)) text = String(x);
  else text = Number(x.toPrecision(size >= 100 ? 4 : 3)).toString();
  return text.replace("-", "−");
}

/** A number as people write it in a sentence: three significant digits. */
export function tidy(x: Num): string {
  if (typeof x === "string") return x;
  return (
    Math.abs(x) >= 1e5 || (x !== 0 && Math.abs(x) < 1e-3) ? x.toExponential(2) : Number(x.toPrecision(4)).toString()
  ).replace("-", "−");
}

/** "(2, 3)", as Python writes a shape. */
export function shapeText(shape: readonly number[]): string {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
}

export function bytesText(n: number): string {
  if (n < 1000) return `${n} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let i = -1;
  do {
    n /= 1000;
    i++;
  } while (n >= 1000 && i < units.length - 1);
  return `${Number(n.toPrecision(3))} ${units[i]}`;
}
