// Generated from gradwidget/events.py by `python -m gradwidget.events_ts`; change it there.

import { bool, int, list, maybe, num, reader, text, tuple } from "./shape.ts";

export const FORMAT = "gradwidget-trace";
export const VERSION = 2;

/** A number as it stands in a trace: the three that JSON has no word for are "nan", "inf" and "-inf". */
export type Num = number | string;

/** A line of the user's program that ran something; said once, then referred to by id. */
export interface Source {
  readonly kind: "source";
  readonly id: number;
  readonly file: string;
  readonly cell: number | null;
  readonly line: number;
  readonly text: string;
  readonly function: string;
}

/** A flat buffer came into being. */
export interface Storage {
  readonly kind: "storage";
  readonly id: number;
  readonly bytes: number;
  readonly device: string;
  readonly simulated: boolean;
}

/** A tensor came into being: a window on a storage, and its place in the autograd graph. */
export interface Tensor {
  readonly kind: "tensor";
  readonly id: number;
  readonly storage: number;
  readonly counter: number;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
  readonly dtype: string;
  readonly leaf: boolean;
  readonly requires_grad: boolean;
  readonly base: number | null;
  readonly node: number | null;
  readonly output: number;
  readonly role: string;
  readonly version: number;
}

/** A call of an operation; the tensors that it made were told before it, its nodes and writes are told after it. */
export interface Op {
  readonly kind: "op";
  readonly id: number;
  readonly name: string;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly args: string;
  readonly mode: string;
  readonly scope: number | null;
  readonly source: number | null;
}

/** An autograd node came into being. */
export interface Node {
  readonly kind: "node";
  readonly id: number;
  readonly name: string;
  readonly op: number | null;
  readonly edges: readonly (readonly [number, number] | null)[];
  readonly saved: readonly (readonly [string, number | null, number, number, number])[];
  readonly bytes: number;
  readonly variable: number | null;
}

/** A storage changed in place. */
export interface Write {
  readonly kind: "write";
  readonly storage: number;
  readonly tensor: number;
  readonly op: number | null;
  readonly counter: number;
  readonly before: number;
  readonly after: number;
}

/** A tensor's place in the graph changed; the fields tell how it stands afterwards. */
export interface Rewire {
  readonly kind: "rewire";
  readonly tensor: number;
  readonly why: string;
  readonly leaf: boolean;
  readonly requires_grad: boolean;
  readonly node: number | null;
  readonly output: number;
  readonly source: number | null;
}

/** A tensor object was given other memory (`x.data = y`). */
export interface Reseat {
  readonly kind: "reseat";
  readonly tensor: number;
  readonly storage: number;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
  readonly dtype: string;
  readonly source: number | null;
}

/** A variable, or a parameter's path, now refers to this tensor; `tensor=None` says it refers to none any more. */
export interface Name {
  readonly kind: "name";
  readonly name: string;
  readonly tensor: number | null;
}

/** The program entered a region. */
export interface Scope {
  readonly kind: "scope";
  readonly id: number;
  readonly what: string;
  readonly label: string;
  readonly parent: number | null;
  readonly tensors: readonly number[];
  readonly args: string;
  readonly source: number | null;
}

/** The program left a region. */
export interface Leave {
  readonly kind: "leave";
  readonly scope: number;
}

/** A backward pass began. */
export interface Backward {
  readonly kind: "backward";
  readonly id: number;
  readonly roots: readonly number[];
  readonly retain_graph: boolean;
  readonly create_graph: boolean;
  readonly source: number | null;
}

/** A gradient went into a node, along one edge. `origin=None`: it is the gradient that the pass began with. */
export interface Flow {
  readonly kind: "flow";
  readonly backward: number;
  readonly origin: number | null;
  readonly node: number;
  readonly output: number;
  readonly shape: readonly number[];
  readonly norm: Num;
  readonly values: readonly Num[] | null;
}

/** Hooks of a tensor put this in the place of the gradient that had come for it: an output of a node. */
export interface Hook {
  readonly kind: "hook";
  readonly backward: number;
  readonly node: number;
  readonly output: number;
  readonly hook: string;
  readonly norm: Num;
  readonly values: readonly Num[] | null;
}

/** A node ran: it turned the gradients that it had received into those of its edges. */
export interface Ran {
  readonly kind: "ran";
  readonly backward: number;
  readonly node: number;
}

/** A gradient arrived in a leaf's `.grad`. */
export interface Accumulate {
  readonly kind: "accumulate";
  readonly backward: number;
  readonly node: number;
  readonly tensor: number;
  readonly grad: number;
  readonly norm: Num;
  readonly added: boolean;
}

/** A backward pass ended; `error` is its text where it failed, and `node` where it did. */
export interface BackwardEnd {
  readonly kind: "backwardend";
  readonly backward: number;
  readonly error: string | null;
  readonly node: number | null;
}

/** `.grad` was set outside of a backward pass (`zero_grad()`, an assignment, an optimizer). */
export interface Grad {
  readonly kind: "grad";
  readonly tensor: number;
  readonly grad: number | null;
  readonly source: number | null;
}

/** A node dropped what it had saved for backward. */
export interface Release {
  readonly kind: "release";
  readonly node: number;
}

/** The whole content of a small storage, element by element, as it is now. */
export interface Cells {
  readonly kind: "cells";
  readonly storage: number;
  readonly values: readonly Num[];
}

/** A sampled picture of a tensor on a storage too big for `Cells`, row by row, as it is now. */
export interface Thumb {
  readonly kind: "thumb";
  readonly tensor: number;
  readonly rows: number;
  readonly columns: number;
  readonly values: readonly Num[];
  readonly low: Num;
  readonly high: Num;
  readonly mean: Num;
}

/** Something went wrong, or will: an error of the user's program, a hazard, or a failure of the recorder itself. */
export interface Problem {
  readonly kind: "problem";
  readonly key: string;
  readonly text: string;
  readonly tensors: readonly number[];
  readonly nodes: readonly number[];
  readonly op: number | null;
  readonly source: number | null;
}

/** Something is no longer alive. */
export interface Freed {
  readonly kind: "freed";
  readonly what: string;
  readonly id: number;
}

export type Event =
  | Source
  | Storage
  | Tensor
  | Op
  | Node
  | Write
  | Rewire
  | Reseat
  | Name
  | Scope
  | Leave
  | Backward
  | Flow
  | Hook
  | Ran
  | Accumulate
  | BackwardEnd
  | Grad
  | Release
  | Cells
  | Thumb
  | Problem
  | Freed;

/** The fields of each kind, in the order in which they stand in a trace. */
export const FIELDS = {
  source: { id: int, file: text, cell: maybe(int), line: int, text: text, function: text },
  storage: { id: int, bytes: int, device: text, simulated: bool },
  tensor: {
    id: int,
    storage: int,
    counter: int,
    offset: int,
    shape: list(int),
    stride: list(int),
    dtype: text,
    leaf: bool,
    requires_grad: bool,
    base: maybe(int),
    node: maybe(int),
    output: int,
    role: text,
    version: int,
  },
  op: {
    id: int,
    name: text,
    inputs: list(int),
    outputs: list(int),
    args: text,
    mode: text,
    scope: maybe(int),
    source: maybe(int),
  },
  node: {
    id: int,
    name: text,
    op: maybe(int),
    edges: list(maybe(tuple(int, int))),
    saved: list(tuple(text, maybe(int), int, int, int)),
    bytes: int,
    variable: maybe(int),
  },
  write: { storage: int, tensor: int, op: maybe(int), counter: int, before: int, after: int },
  rewire: {
    tensor: int,
    why: text,
    leaf: bool,
    requires_grad: bool,
    node: maybe(int),
    output: int,
    source: maybe(int),
  },
  reseat: {
    tensor: int,
    storage: int,
    offset: int,
    shape: list(int),
    stride: list(int),
    dtype: text,
    source: maybe(int),
  },
  name: { name: text, tensor: maybe(int) },
  scope: { id: int, what: text, label: text, parent: maybe(int), tensors: list(int), args: text, source: maybe(int) },
  leave: { scope: int },
  backward: { id: int, roots: list(int), retain_graph: bool, create_graph: bool, source: maybe(int) },
  flow: {
    backward: int,
    origin: maybe(int),
    node: int,
    output: int,
    shape: list(int),
    norm: num,
    values: maybe(list(num)),
  },
  hook: { backward: int, node: int, output: int, hook: text, norm: num, values: maybe(list(num)) },
  ran: { backward: int, node: int },
  accumulate: { backward: int, node: int, tensor: int, grad: int, norm: num, added: bool },
  backwardend: { backward: int, error: maybe(text), node: maybe(int) },
  grad: { tensor: int, grad: maybe(int), source: maybe(int) },
  release: { node: int },
  cells: { storage: int, values: list(num) },
  thumb: { tensor: int, rows: int, columns: int, values: list(num), low: num, high: num, mean: num },
  problem: { key: text, text: text, tensors: list(int), nodes: list(int), op: maybe(int), source: maybe(int) },
  freed: { what: text, id: int },
} as const;

/** What fields are where a trace is older than they. */
export const DEFAULTS = {
  tensor: { version: 0 },
  rewire: { source: null },
  reseat: { source: null },
  scope: { tensors: [], args: "", source: null },
  grad: { source: null },
} as const;

/** An event of a kind that only a newer gradwidget knows. It keeps its place in a trace and means nothing. */
export interface Unknown {
  readonly kind: "unknown";
  readonly name: string;
}

/** The event that a list stands for. Throws an Error that says what is wrong with the list, if it stands for none. */
export const decode = reader(FIELDS, DEFAULTS);
