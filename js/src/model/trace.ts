// The list of events, in the order in which they happened. It only grows: by batches while a program runs, or at once
// from a file.

import { eventsOf, isBlock } from "./blocks.ts";
import { asBytes, type Bytes, decodeText, gunzip, isGzip } from "./bytes.ts";
import { decode, type Event, FORMAT, type Unknown, VERSION } from "./events.ts";

export interface Header {
  readonly source: string;
  readonly source_version: string;
  readonly title: string;
}

/** What became of a batch: taken in, or put off because events before it have not arrived. */
export type Taken =
  | { readonly ok: true; readonly added: number }
  | { readonly ok: false; readonly missingFrom: number };

export class Trace {
  readonly events: (Event | Unknown)[] = [];
  /** How many events are of a kind that this version does not know. */
  unknown = 0;
  /** Why the events end where they do, if the file is damaged or cut off there. */
  damage = "";

  constructor(readonly header: Header = { source: "core", source_version: "", title: "" }) {}

  get length(): number {
    return this.events.length;
  }

  /**
   * Take in a numbered batch: JSON lines whose first is event number `first`. What is there already is passed over.
   * Throws an Error that says what is wrong, and takes in nothing, if a line is no event.
   */
  addBatch(first: number, data: Bytes): Taken {
    if (first > this.length) return { ok: false, missingFrom: this.length };
    const added = this.addLines(split(decodeText(asBytes(data))).slice(this.length - first), this.length + 1);
    return { ok: true, added };
  }

  /** `number` is what the first line is called in an error. */
  addLines(lines: readonly string[], number: number): number {
    return this.addAll(lines.map((line, i) => placed(number + i, () => decode(JSON.parse(line)))));
  }

  private addAll(events: readonly (Event | Unknown)[]): number {
    for (const event of events) {
      this.events.push(event);
      if (event.kind === "unknown") this.unknown++;
    }
    return events.length;
  }

  /** The rest of a file, from byte `at` on: events and blocks of them, the first in line 2. */
  addFile(bytes: Uint8Array, at: number): void {
    for (let number = 2; at < bytes.length; number++) {
      const end = endOfLine(bytes, at);
      const some = placed(number, () => {
        const said: unknown = JSON.parse(decodeText(bytes.subarray(at, end)));
        at = end + 1;
        if (!isBlock(said)) return [decode(said)];
        const data = bytes.subarray(at, at + said.bytes);
        if (data.length < said.bytes) throw new Error("the file is cut off");
        at += said.bytes;
        return eventsOf(said, data, decode);
      });
      this.addAll(some);
    }
  }
}

/** What goes wrong in a line says which. */
function placed<T>(number: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Error(`line ${number}: ${(error as Error).message}`);
  }
}

function endOfLine(bytes: Uint8Array, at: number): number {
  const end = bytes.indexOf(10, at);
  return end < 0 ? bytes.length : end;
}

/**
 * Read a trace file, compressed or not. Where it is damaged or cut off, the trace holds what comes before, and `damage` says
 * what is wrong and in which line. Throws an Error where there is nothing before it, where the file is no trace, or was
 * written by a newer gradwidget.
 */
export async function parseTrace(data: Bytes): Promise<Trace> {
  const packed = asBytes(data);
  const { bytes, whole } = isGzip(packed) ? await gunzip(packed) : { bytes: packed, whole: true };
  const cut = "the compressed data is damaged or cut off";
  if (!whole && bytes.length === 0) throw new Error(cut);
  const end = endOfLine(bytes, 0);
  const trace = new Trace(readHeader(decodeText(bytes.subarray(0, end))));
  try {
    trace.addFile(bytes, end + 1);
    if (!whole) throw new Error(cut);
  } catch (error) {
    if (trace.length === 0) throw whole ? error : new Error(cut);
    trace.damage = whole ? (error as Error).message : cut;
  }
  return trace;
}

function readHeader(line: string): Header {
  let header: unknown;
  try {
    header = JSON.parse(line);
  } catch {
    throw new Error("not a gradwidget trace: it does not begin with a header");
  }
  const fields = (typeof header === "object" && header !== null ? header : {}) as Record<string, unknown>;
  if (fields.format !== FORMAT) throw new Error("not a gradwidget trace: its header says nothing of the format");
  const version = fields.version;
  if (typeof version !== "number" || !Number.isInteger(version) || version < 1) {
    throw new Error(`the header's version is ${JSON.stringify(version)}`);
  }
  if (version > VERSION) {
    throw new Error(`written by a newer gradwidget (format ${version}; this one reads up to ${VERSION})`);
  }
  const word = (value: unknown) => (typeof value === "string" ? value : "");
  return { source: word(fields.source), source_version: word(fields.source_version), title: word(fields.title) };
}

function split(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}
