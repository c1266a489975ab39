import { readFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { FIELDS, FORMAT } from "../src/model/events.ts";
import { parseTrace, Trace } from "../src/model/trace.ts";

const file = readFileSync(new URL("../../tests/golden/every_kind.trace.jsonl", import.meta.url));
const [head, ...rows] = file.toString().trimEnd().split("\n") as [string, ...string[]];
const bytes = (text: string) => new TextEncoder().encode(text);
const withLine = (number: number, line: string) => bytes([head, ...rows].with(number - 1, line).join("\n"));

/** A gzip file whose sum of all bytes is not right. */
const wrongSum = (packed: Buffer) => packed.fill(0xff, packed.length - 8, packed.length - 4);

describe("a file", () => {
  it("is read compressed or not, from whatever holds its bytes", async () => {
    const packed = gzipSync(file);
    const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
    for (const data of [
      file,
      packed,
      view,
      packed.buffer.slice(packed.byteOffset, packed.byteOffset + packed.length),
    ]) {
      const trace = await parseTrace(data);
      expect(trace.length).toBe(rows.length);
      expect(trace.header).toEqual({ source: "core", source_version: "0", title: "every kind of event" });
    }
  });

  it("gives events with named fields", async () => {
    const trace = await parseTrace(file);
    expect(trace.events[0]).toEqual({
      kind: "scope",
      id: 1,
      what: "cell",
      label: "[1]",
      parent: null,
      tensors: [],
      args: "",
      source: null,
    });
    expect(new Set(trace.events.map((e) => e.kind))).toEqual(new Set(Object.keys(FIELDS)));
  });

  it.each([
    ["nothing", bytes(""), "not a gradwidget trace"],
    ["a text", bytes("hello"), "not a gradwidget trace"],
    ["a number", bytes("1"), "not a gradwidget trace"],
    ["another format", bytes('{"traceEvents":[]}'), "not a gradwidget trace"],
    ["no text", new Uint8Array([0x89, 0x50, 0xff, 0xfe]), "no UTF-8 text"],
    ["a newer one", bytes(`{"format":"${FORMAT}","version":3}`), "newer gradwidget (format 3; this one reads up to 2)"],
    ["a strange version", bytes(`{"format":"${FORMAT}","version":"1"}`), 'version is "1"'],
    ["a compressed text", gzipSync("hello"), "not a gradwidget trace"],
    ["one with a wrong sum", wrongSum(gzipSync(file)), "damaged or cut off"],
    ["a gzip file of which nothing can be read", gzipSync(file).subarray(0, 12), "damaged or cut off"],
  ])("is refused if it is %s", async (_, data, complaint) => {
    await expect(parseTrace(data)).rejects.toThrow(complaint);
  });

  it.each([
    ["one cut off", gzipSync(file).subarray(0, 300), "damaged or cut off"],
    ["a line that is no JSON", withLine(5, '["ran",1'), "line 5: "],
    ["a field too many", withLine(5, '["ran",1,2,3]'), 'line 5: "ran" has 2 fields, not 3'],
    ["a field of another sort", withLine(5, '["ran",1,"2"]'), 'line 5: "node" of "ran" cannot be "2"'],
    ["a broken shape", withLine(5, '["cells",1,[1,true]]'), 'line 5: "values" of "cells" cannot be [1,true]'],
    ["a broken edge", withLine(5, '["node",1,"N",null,[[1]],[],0,null]'), 'line 5: "edges" of "node"'],
    ["no event", withLine(5, "{}"), "line 5: an event is a list"],
  ])("gives what comes before, and the reason, if it is %s", async (_, data, complaint) => {
    const trace = await parseTrace(data);
    expect(trace.damage).toContain(complaint);
    const whole = await parseTrace(file);
    expect(trace.length).toBeGreaterThan(0);
    expect(trace.length).toBeLessThanOrEqual(whole.length);
    expect(trace.events).toEqual(whole.events.slice(0, trace.length));
  });

  it("may hold kinds that are not known yet: they keep their place", async () => {
    const trace = await parseTrace(withLine(5, '["frobnicate",1]'));
    expect(trace.unknown).toBe(1);
    expect(trace.events[3]).toEqual({ kind: "unknown", name: "frobnicate" });
    expect(trace.length).toBe(rows.length);
  });
});

describe("a file of blocks", () => {
  const golden = (name: string) => readFileSync(new URL(`../../tests/golden/${name}`, import.meta.url));

  it.each(["every_kind", "numbers"])("holds the same as one of lines: %s", async (name) => {
    const packed = await parseTrace(golden(`${name}.gwtrace`));
    const lines = await parseTrace(golden(`${name}.trace.jsonl`));
    expect(packed.header).toEqual(lines.header);
    expect(packed.events).toEqual(lines.events);
  });

  // biome-ignore lint/suspicious/noExplicitAny: it is to be damaged in every way
  type Loose = any;
  const unpacked = gunzipSync(golden("numbers.gwtrace"));
  const begin = unpacked.indexOf(10) + 1;
  const end = unpacked.indexOf(10, begin);
  const first = JSON.parse(unpacked.subarray(begin, end).toString());
  const data = unpacked.subarray(end + 1, end + 1 + first.bytes);
  const withBlock = (change: (block: Loose) => void) => {
    const block = structuredClone(first);
    change(block);
    return Buffer.concat([unpacked.subarray(0, begin), bytes(`${JSON.stringify(block)}\n`), data]);
  };

  it.each<[string, (block: Loose) => void, string]>([
    ["a byte too few", (b) => (b.bytes += 1), "the file is cut off"],
    ["no order", (b) => (b.order = 3), "line 2: an event is a list"],
    ["a letter too many", (b) => (b.order += "a"), 'column 1 of "cells"'],
    ["a letter of no kind", (b) => (b.order += "z"), "an event of no kind"],
    ["a column of another form", (b) => (b.kinds[0][1][0] = { q: 1 }), "no column is known that has q"],
    ["a list for a column", (b) => (b.kinds[0][1][0] = [1]), "no column is known"],
    ["a code that leads nowhere", (b) => (b.kinds[0][1][1] = { v: 99999 }), "leads to no vector"],
    ["a value of another sort", (b) => (b.kinds[0][1][0] = "x"), '"storage" of "cells" cannot be "x"'],
    ["lengths that do not fit", (b) => (b.vectors.lengths[0] = 10 ** 9), "fewer numbers"],
    ["no vectors", (b) => (b.vectors = null), "the vectors are damaged"],
  ])("is refused if it has %s", async (_, change, complaint) => {
    await expect(parseTrace(withBlock(change))).rejects.toThrow(complaint);
  });

  it("may hold kinds that are not known yet: they keep their place", async () => {
    const trace = await parseTrace(withBlock((b) => (b.kinds[0][0] = "frobnicate")));
    expect(trace.length).toBe(first.order.length);
    expect(trace.unknown).toBe(first.order.split("a").length - 1);
  });
});

describe("batches", () => {
  const batch = (from: number, to: number) =>
    bytes(
      rows
        .slice(from, to)
        .map((row) => `${row}\n`)
        .join(""),
    );

  it("make the whole, in order", async () => {
    const trace = new Trace();
    for (let i = 0; i < rows.length; i += 7) {
      expect(trace.addBatch(i, batch(i, i + 7))).toEqual({ ok: true, added: Math.min(7, rows.length - i) });
    }
    expect(trace.events).toEqual((await parseTrace(file)).events);
  });

  it("that come too early are put off, with what is missing", () => {
    const trace = new Trace();
    trace.addBatch(0, batch(0, 4));
    expect(trace.addBatch(9, batch(9, 12))).toEqual({ ok: false, missingFrom: 4 });
    expect(trace.length).toBe(4);
  });

  it("that overlap add what is new", async () => {
    const trace = new Trace();
    trace.addBatch(0, batch(0, 10));
    expect(trace.addBatch(4, batch(4, 12))).toEqual({ ok: true, added: 2 });
    expect(trace.addBatch(0, batch(0, 5))).toEqual({ ok: true, added: 0 });
    expect(trace.events).toEqual((await parseTrace(file)).events.slice(0, 12));
  });

  it("that are damaged add nothing", () => {
    const trace = new Trace();
    trace.addBatch(0, batch(0, 3));
    expect(() => trace.addBatch(3, bytes(`${rows[3]}\n["ran",1]\n`))).toThrow('line 5: "ran" has 2 fields');
    expect(trace.length).toBe(3);
  });
});
