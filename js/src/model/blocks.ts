// Blocks of a trace file: many events at once. gradwidget/trace/blocks.py writes them, and says how.

import { items, Vectors } from "./columns.ts";
import { unpackVectors } from "./vectors.ts";

/** A line of a trace file that is followed by bytes. */
export interface Block {
  readonly bytes: number;
  readonly order: string;
  readonly kinds: readonly (readonly [string, readonly unknown[]])[];
  readonly vectors: unknown;
}

export function isBlock(said: unknown): said is Block {
  const block = said as Block;
  return (
    typeof said === "object" &&
    said !== null &&
    Number.isInteger(block.bytes) &&
    block.bytes >= 0 &&
    typeof block.order === "string" &&
    Array.isArray(block.kinds) &&
    block.kinds.every((kind) => Array.isArray(kind) && typeof kind[0] === "string" && Array.isArray(kind[1]))
  );
}

/** The events of a block; `read` is given each as a row, its kind and its fields. Throws an Error that says what is damaged. */
export function eventsOf<E>(block: Block, bytes: Uint8Array, read: (row: unknown[]) => E): E[] {
  const vectors = new Vectors(unpackVectors(block.vectors, bytes));
  const order = Array.from(block.order, (letter) => letter.charCodeAt(0) - 97);
  const counts = new Array<number>(block.kinds.length).fill(0);
  for (const kind of order) counts[kind] = counts[kind]! + 1;
  const columns = block.kinds.map(([name, them], kind) =>
    them.map((column, i) => {
      try {
        return items(column, counts[kind]!, vectors);
      } catch (error) {
        throw new Error(`column ${i + 1} of "${name}": ${(error as Error).message}`);
      }
    }),
  );
  const used = counts.map(() => 0);
  const rows = block.kinds.map(([name]) => [name] as unknown[]); // one of each kind, filled again and again
  return order.map((kind) => {
    const row = rows[kind];
    if (!row) throw new Error("an event of no kind");
    const i = used[kind]!++;
    const own = columns[kind]!;
    for (let field = 0; field < own.length; field++) row[field + 1] = own[field]![i];
    return read(row);
  });
}
