// The card of a tensor, or the chip of one that nobody named.

import type { State, TensorState } from "../state.ts";
import { count, gridOf, shapeText, short } from "../values.ts";
import { type Card, type Measure, type Standing, tid } from "./types.ts";

const PAD = 14;
const CARD_MIN = 108;
const CARD_MAX = 360;
const NAME_MAX = 170;
const CHIP_HEIGHT = 26;
const NUMBER_CELL = { width: 34, height: 19 };
const HEAT_CELL = { width: 9, height: 9 };
const MOST_NUMBERS = { rows: 4, columns: 6 };

export function cardOf(
  state: State,
  t: TensorState,
  root: boolean,
  users: number,
  below: number | null,
  within: string | null,
  measure: Measure,
): Card {
  const storage = state.storages.get(t.storage);
  const version = state.counters.get(t.counter) ?? 0;
  const standing: Standing = !t.requires_grad ? "none" : t.leaf ? "leaf" : "inner";
  const name = fitted(t.names.join(", "), NAME_MAX, measure);
  const base = {
    kind: "tensor" as const,
    id: tid(t.id),
    within,
    tensor: t.id,
    name,
    names: t.names,
    standing,
    isLeaf: t.leaf,
    shape: shapeText(t.shape),
    dtype: t.dtype,
    storage: t.storage,
    version,
    alive: t.alive,
    root,
    trouble: state.problems.some((p) => p.tensors[0] === t.id),
    role: t.role,
    simulated: storage?.simulated ?? false,
    below: below === null ? null : tid(below),
  };
  const grid = gridOf(t, storage);
  const small = name === "" && (users > 0 || !t.alive) && !root && (standing !== "leaf" || t.base !== null);
  if (small) {
    const text = count(t.shape) === 1 && grid && t.alive ? short(grid.values[0]!, t.dtype) : base.shape;
    const width = Math.max(34, measure(text, "small") + 20);
    return {
      ...base,
      form: "chip",
      shape: text,
      grid: null,
      numbers: false,
      cell: NUMBER_CELL,
      grad: null,
      width,
      height: CHIP_HEIGHT,
    };
  }
  const numbers = !!grid && !grid.cut && grid.rows <= MOST_NUMBERS.rows && grid.columns <= MOST_NUMBERS.columns;
  const widest = grid && numbers ? Math.max(...grid.values.map((v) => measure(short(v, t.dtype), "mono"))) : 0;
  const cell = numbers
    ? { width: Math.max(NUMBER_CELL.width - 6, widest + 10), height: NUMBER_CELL.height }
    : HEAT_CELL;
  const g = t.grad === null ? undefined : state.tensors.get(t.grad);
  const gradGrid = g ? gridOf(g, state.storages.get(g.storage)) : null;
  const last = [...state.backwards.values()].at(-1)?.accumulated.find((a) => a.tensor === t.id);
  const grad = g ? { grid: gradGrid, added: last?.added ?? false } : null;
  const head = measure(name || base.shape, "name") + 16 + measure(standingWidest(t), "small") + (version > 0 ? 26 : 0);
  const body = grid ? grid.columns * cell.width : 0;
  const foot = measure(`${t.dtype} ${base.shape}`, "small") + (grad ? 78 : 0);
  const width = Math.min(Math.max(CARD_MIN, Math.max(head, body, foot) + 2 * PAD), Math.max(CARD_MAX, body + 2 * PAD));
  const height = 28 + (grid ? grid.rows * cell.height + 8 : 0) + 20;
  return { ...base, form: "card", grid, numbers, cell, grad, width, height };
}

/** A text cut to a width, with dots where it was cut. */
export function fitted(text: string, width: number, measure: Measure): string {
  if (measure(text, "name") <= width) return text;
  let cut = text.length - 1;
  while (cut > 1 && measure(`${text.slice(0, cut)}…`, "name") > width) cut--;
  return `${text.slice(0, cut)}…`;
}

function standingWidest(t: TensorState): string {
  return t.leaf
    ? t.requires_grad
      ? "leaf · requires grad"
      : "leaf · no grad"
    : t.requires_grad
      ? "requires grad"
      : "no grad";
}
