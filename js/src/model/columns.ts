// Columns of a trace file. gradwidget/trace/columns.py writes them, and says what each form means.

import type { Num } from "./events.ts";

/** The numbers of tensors in a block, handed out in the order of its columns. */
export class Vectors {
  private used = 0;

  constructor(private readonly all: readonly (readonly Num[])[]) {}

  next(code: number): readonly Num[] {
    if (code === 0) this.used++;
    const found = this.all[this.used - (code || 1)];
    if (!found) throw new Error("a code leads to no vector");
    return found;
  }
}

const MOST = 2 ** 22; // items in the lists of one column; more is no trace

type Form = Readonly<Record<string, unknown>>;

/** The `count` items of a column. Throws an Error where it does not hold them. */
export function items(column: unknown, count: number, vectors: Vectors): readonly unknown[] {
  if (typeof column !== "object" || column === null) return new Array(count).fill(column);
  const form = column as Form;
  const read = FORMS[Object.keys(form).join()];
  if (!read || Array.isArray(column)) throw new Error(`no column is known that has ${Object.keys(form).join()}`);
  const found = read(form, count, vectors);
  if (found.length !== count) throw new Error(`${count} items expected, ${found.length} found`);
  return found;
}

const FORMS: Record<string, (form: Form, count: number, vectors: Vectors) => readonly unknown[]> = {
  d: ({ d }) => {
    let total = 0;
    return list(d).map((delta) => {
      if (delta === null) return null;
      total += delta as number;
      return total;
    });
  },
  b: ({ b }) => [...String(b)].map((bit) => bit === "1"),
  l: ({ l }) => list(l),
  "t,c": ({ t, c }, count, vectors) => {
    const codes = numbers(c, count, vectors);
    const different = items(t, codes.filter((code) => code === 0).length, vectors);
    let used = 0;
    return codes.map((code) => {
      if (code === 0) used++;
      if (code > used) throw new Error("a code leads before the beginning");
      return different[used - (code || 1)];
    });
  },
  "n,x": ({ n, x }, count, vectors) => {
    const lengths = numbers(n, count, vectors);
    const total = lengths.reduce((a, b) => a + b, 0);
    if (total > MOST) throw new Error(`lists of ${total} items`);
    const flat = items(x, total, vectors);
    let at = 0;
    return lengths.map((length) => {
      at += length;
      return flat.slice(at - length, at);
    });
  },
  z: ({ z }, count, vectors) => {
    const columns = list(z).map((column) => items(column, count, vectors));
    return Array.from({ length: count }, (_, i) => columns.map((column) => column[i]));
  },
  "m,x": ({ m, x }, count, vectors) => {
    const mask = items(m, count, vectors);
    const some = items(x, mask.filter((there) => there === true).length, vectors);
    let at = 0;
    return mask.map((there) => (there === true ? some[at++] : null));
  },
  v: ({ v }, count, vectors) => numbers(v, count, vectors).map((code) => vectors.next(code)),
};

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error("a column that is no list");
  return value;
}

function numbers(column: unknown, count: number, vectors: Vectors): readonly number[] {
  const found = items(column, count, vectors) as readonly number[];
  if (!found.every((n) => Number.isInteger(n) && n >= 0)) throw new Error("a code that is no number");
  return found;
}
