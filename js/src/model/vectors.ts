// The table of tensors' numbers in a block of a trace file. gradwidget/trace/vectors.py writes it, and says how.

import type { Num } from "./events.ts";
import { int, list, num, text } from "./shape.ts";

const SIZES = { d: 2, f: 4, e: 8, i: 4 } as const;
type Packed = keyof typeof SIZES;

/** The vectors, in order. Throws an Error where the table and its bytes do not fit together. */
export function unpackVectors(told: unknown, bytes: Uint8Array): Num[][] {
  const { forms, lengths, places, other } = (told ?? {}) as Record<string, never>;
  const whole = text(forms) && list(int)(lengths) && list(int)(places) && list(list(num))(other);
  if (!whole || (forms as string).length !== (lengths as number[]).length) throw new Error("the vectors are damaged");
  const kinds = [...(forms as string)];
  const counts = { d: 0, f: 0, e: 0, i: 0, j: 0 };
  kinds.forEach((form, i) => {
    counts[form as Packed] += lengths[i]!;
  });
  const columns = {} as Record<Packed, Num[]>;
  let at = 0;
  for (const form of Object.keys(SIZES) as Packed[]) {
    const end = at + counts[form] * SIZES[form];
    if (!(end <= bytes.length)) throw new Error("there are fewer numbers than vectors need");
    columns[form] = READ[form](joined(bytes.subarray(at, end), SIZES[form]));
    at = end;
  }
  const used = { d: 0, f: 0, e: 0, i: 0, j: 0 };
  let decimals = 0;
  return kinds.map((form, i) => {
    if (form === "j") return other[used.j++]!;
    const begin = used[form as Packed];
    used[form as Packed] = begin + lengths[i]!;
    const vector = columns[form as Packed].slice(begin, begin + lengths[i]!);
    if (form !== "d") return vector;
    const power = POWERS[places[decimals++]!];
    return vector.map((v) => (v as number) / power!);
  });
}

const POWERS = Array.from({ length: 23 }, (_, i) => Number(`1e${i}`)); // the last one that a float holds exactly

/** Bytes that stood in planes, all lowest ones first, put together again. */
function joined(planes: Uint8Array, size: number): DataView {
  const count = planes.length / size;
  const out = new Uint8Array(planes.length);
  for (let plane = 0; plane < size; plane++) {
    for (let i = 0; i < count; i++) out[i * size + plane] = planes[plane * count + i]!;
  }
  return new DataView(out.buffer);
}

function each(view: DataView, size: number, read: (at: number) => Num): Num[] {
  return Array.from({ length: view.byteLength / size }, (_, i) => read(i * size));
}

const READ: Record<Packed, (view: DataView) => Num[]> = {
  d: (view) => each(view, 2, (at) => unzigzag(view.getUint16(at, true))),
  f: (view) => each(view, 4, (at) => shortest(view.getFloat32(at, true))),
  e: (view) => each(view, 8, (at) => word(view.getFloat64(at, true))),
  i: (view) => each(view, 4, (at) => unzigzag(view.getUint32(at, true))),
};

function unzigzag(n: number): number {
  return n % 2 ? -(n + 1) / 2 : n / 2;
}

function word(x: number): Num {
  return Number.isFinite(x) ? x : Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf";
}

/** A float32 as the shortest decimal that gives it back. */
function shortest(x: number): Num {
  if (x === 0 || !Number.isFinite(x)) return word(x);
  for (const digits of [7, 8]) {
    const short = Number(x.toPrecision(digits));
    if (Math.fround(short) === x) return short;
  }
  return Number(x.toPrecision(9));
}
