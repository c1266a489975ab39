// What JSON may contain where an event is expected. Nothing that comes from a file or from the wire is trusted before.

import type { Event, Unknown } from "./events.ts";

export type Shape = (value: unknown) => boolean;

export const int: Shape = (value) => Number.isInteger(value);
export const text: Shape = (value) => typeof value === "string";
export const bool: Shape = (value) => typeof value === "boolean";
export const num: Shape = (value) => typeof value === "number" || typeof value === "string";
export const maybe =
  (shape: Shape): Shape =>
  (value) =>
    value === null || shape(value);
export const list =
  (shape: Shape): Shape =>
  (value) =>
    Array.isArray(value) && value.every(shape);
export const tuple =
  (...shapes: Shape[]): Shape =>
  (value) =>
    Array.isArray(value) && value.length === shapes.length && shapes.every((shape, i) => shape(value[i]));

/** Makes the function that turns rows into events, from the fields of each kind and the defaults of its last ones. */
export function reader(
  kinds: Readonly<Record<string, Readonly<Record<string, Shape>>>>,
  defaults: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {},
) {
  const layouts = new Map(Object.entries(kinds).map(([kind, fields]) => [kind, Object.entries(fields)]));
  return (row: unknown): Event | Unknown => {
    if (!Array.isArray(row) || typeof row[0] !== "string") {
      throw new Error(`an event is a list that begins with its kind, not ${shown(row)}`);
    }
    const kind = row[0];
    const layout = layouts.get(kind);
    if (layout === undefined) return { kind: "unknown", name: kind };
    const late = defaults[kind] ?? {};
    const missing = layout.length + 1 - row.length;
    if (missing < 0 || missing > Object.keys(late).length) {
      throw new Error(`"${kind}" has ${layout.length} fields, not ${row.length - 1}`);
    }
    const event: Record<string, unknown> = { kind };
    for (let i = 0; i < layout.length; i++) {
      const [field, shape] = layout[i]!;
      const value: unknown = i + 1 < row.length ? row[i + 1] : late[field];
      if (!shape(value)) throw new Error(`"${field}" of "${kind}" cannot be ${shown(value)}`);
      event[field] = value;
    }
    return event as unknown as Event;
  };
}

function shown(value: unknown): string {
  const json = JSON.stringify(value) ?? String(value);
  return json.length <= 60 ? json : `${json.slice(0, 57)}...`;
}
