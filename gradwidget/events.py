"""The contract: what can happen, field by field.

Every source of events writes these tuples and every consumer reads nothing else. `js/src/model/events.ts` is generated
from this module (`python -m gradwidget.events_ts`), so a field has one definition.

An event says what happened, in program order, never how to draw it. Ids are small positive integers, counted per
family (tensors, storages, counters, ops, nodes, sources, scopes, backwards) and never reused within a trace.

As JSON an event is a list: its kind (the class's name in lower case), then its fields in order.

>>> encode(Ran(1, 5))
['ran', 1, 5]
>>> decode(["ran", 1, 5])
Ran(backward=1, node=5)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, partial
from types import UnionType
from typing import Any, NamedTuple, TypeAlias, Union, get_args, get_origin, get_type_hints

FORMAT = "gradwidget-trace"
VERSION = 2  # of the file; 1 had every event in a line of its own

# A number as it stands in a trace: JSON has no word for the three that are not finite.
Number: TypeAlias = float | str  # "nan", "inf", "-inf"; a complex one is written out: "1+2j"


class Source(NamedTuple):
    """A line of the user's program that ran something; said once, then referred to by id."""

    id: int
    file: str  # name of the script, "" for a notebook cell
    cell: int | None  # execution count of the notebook cell
    line: int  # 1 is the first
    text: str  # the line, stripped
    function: str  # "" at the top level


class Storage(NamedTuple):
    """A flat buffer came into being."""

    id: int
    bytes: int
    device: str
    simulated: bool  # a device that is only acted out on the CPU


class Tensor(NamedTuple):
    """A tensor came into being: a window on a storage, and its place in the autograd graph."""

    id: int
    storage: int
    counter: int  # its version counter: shared by views and detached twins, not by `.data`
    offset: int  # in elements
    shape: tuple[int, ...]
    stride: tuple[int, ...]  # in elements
    dtype: str  # "float32"
    leaf: bool
    requires_grad: bool
    base: int | None  # the tensor that this one is a differentiable view of
    node: int | None  # grad_fn
    output: int  # which output of the node
    role: str  # "", "parameter", "buffer" or "grad"
    version: int = 0  # of its counter, when the tensor was first seen


class Op(NamedTuple):
    """A call of an operation; the tensors that it made were told before it, its nodes and writes are told after it."""

    id: int
    name: str  # as people write it: "mul", "add_", "detach"
    inputs: tuple[int, ...]  # tensors
    outputs: tuple[int, ...]  # tensors; one that is also an input was written in place or handed through
    args: str  # what was not a tensor, as it would be written: "dim=1, keepdim=True"
    mode: str  # "grad", "no_grad" or "inference"
    scope: int | None  # the innermost open scope
    source: int | None


class Node(NamedTuple):
    """An autograd node came into being."""

    id: int
    name: str  # "MulBackward0"
    op: int | None  # the op that made it
    edges: tuple[tuple[int, int] | None, ...]  # next_functions: (node, which of its outputs' gradients)
    saved: tuple[tuple[str, int | None, int, int, int], ...]  # field, tensor if known, storage, counter, version
    bytes: int  # kept alive for backward by this node
    variable: int | None  # the leaf that an AccumulateGrad node fills


class Write(NamedTuple):
    """A storage changed in place."""

    storage: int
    tensor: int  # through which tensor
    op: int | None
    counter: int
    before: int
    after: int


class Rewire(NamedTuple):
    """A tensor's place in the graph changed; the fields tell how it stands afterwards."""

    tensor: int
    why: str  # "detach_", "requires_grad_", "in-place", "in-place on view", "data=", "retain_grad"
    leaf: bool
    requires_grad: bool
    node: int | None
    output: int
    source: int | None = None


class Reseat(NamedTuple):
    """A tensor object was given other memory (`x.data = y`)."""

    tensor: int
    storage: int
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]
    dtype: str
    source: int | None = None


class Name(NamedTuple):
    """A variable, or a parameter's path, now refers to this tensor; `tensor=None` says it refers to none any more."""

    name: str
    tensor: int | None


class Scope(NamedTuple):
    """The program entered a region."""

    id: int
    what: str  # "cell", "module", "no_grad", "enable_grad", "inference_mode", "optimizer", "label"
    label: str  # "[3]", "encoder.0: Linear", "SGD.step", ...
    parent: int | None
    tensors: tuple[int, ...] = ()  # an optimizer's parameters: those that it was given, whatever becomes of them
    args: str = ""  # an optimizer's options, one for each group of parameters: "lr=0.1; lr=0.01"
    source: int | None = None  # for all but modules, cells and labels


class Leave(NamedTuple):
    """The program left a region."""

    scope: int


class Backward(NamedTuple):
    """A backward pass began."""

    id: int
    roots: tuple[int, ...]  # tensors
    retain_graph: bool
    create_graph: bool
    source: int | None


class Flow(NamedTuple):
    """A gradient went into a node, along one edge. `origin=None`: it is the gradient that the pass began with."""

    backward: int
    origin: int | None  # the node that computed it
    node: int  # the node that receives it
    output: int  # ... for which of its outputs
    shape: tuple[int, ...]
    norm: Number  # Euclidean
    values: tuple[Number, ...] | None  # all of them, flat, where they are few


class Hook(NamedTuple):
    """Hooks of a tensor put this in the place of the gradient that had come for it: an output of a node."""

    backward: int
    node: int
    output: int
    hook: str  # the names of the functions
    norm: Number
    values: tuple[Number, ...] | None  # all of them, flat, where they are few


class Ran(NamedTuple):
    """A node ran: it turned the gradients that it had received into those of its edges."""

    backward: int
    node: int


class Accumulate(NamedTuple):
    """A gradient arrived in a leaf's `.grad`."""

    backward: int
    node: int
    tensor: int
    grad: int  # the tensor that `.grad` is now
    norm: Number  # of what arrived
    added: bool  # to what was there, rather than put where nothing was


class BackwardEnd(NamedTuple):
    """A backward pass ended; `error` is its text where it failed, and `node` where it did."""

    backward: int
    error: str | None
    node: int | None


class Grad(NamedTuple):
    """`.grad` was set outside of a backward pass (`zero_grad()`, an assignment, an optimizer)."""

    tensor: int
    grad: int | None
    source: int | None = None


class Release(NamedTuple):
    """A node dropped what it had saved for backward."""

    node: int


class Cells(NamedTuple):
    """The whole content of a small storage, element by element, as it is now."""

    storage: int
    values: tuple[Number, ...]


class Thumb(NamedTuple):
    """A sampled picture of a tensor on a storage too big for `Cells`, row by row, as it is now."""

    tensor: int
    rows: int
    columns: int
    values: tuple[Number, ...]
    low: Number
    high: Number
    mean: Number


class Problem(NamedTuple):
    """Something went wrong, or will: an error of the user's program, a hazard, or a failure of the recorder itself."""

    key: str  # "error", "backward", "stale-saved", "recorder"
    text: str
    tensors: tuple[int, ...]
    nodes: tuple[int, ...]
    op: int | None
    source: int | None


class Freed(NamedTuple):
    """Something is no longer alive."""

    what: str  # "tensor", "storage" or "node"
    id: int


Event: TypeAlias = (
    Source
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
    | Freed
)

# "tensor" -> Tensor, in the order of this file
KINDS: dict[str, type[Any]] = {kind.__name__.lower(): kind for kind in get_args(Event)}


def kind_of(event: Any) -> str:
    """The name that an event's kind has in a trace: its class's, in lower case."""
    return type(event).__name__.lower()


def fields(kind: str) -> dict[str, Any]:
    """The fields of a kind, in order, with their types."""
    return get_type_hints(KINDS[kind])


def encode(event: Any) -> list[Any]:
    """An event as a JSON array: its kind, then its fields in order.

    >>> encode(Leave(3))
    ['leave', 3]
    """
    return [type(event).__name__.lower(), *event]


def decode(row: Any) -> Any:
    """The event that a JSON array stands for.

    Fields that are missing at the end have their defaults, for a trace may be older than they. Raises ValueError, naming
    the kind and field, where it is no event: an unknown kind, a field too many or of another sort.

    >>> decode(["leave", 3])
    Leave(scope=3)
    """
    if type(row) is not list or not row or type(row[0]) is not str:
        raise ValueError("an event is an array that begins with its kind")
    kind, *values = row
    if kind not in KINDS:
        raise ValueError(f"unknown kind of event {kind!r}")
    readers = _readers(kind)
    needed = len(readers) - len(KINDS[kind]._field_defaults)
    if not needed <= len(values) <= len(readers):
        raise ValueError(f"{kind}: {len(readers)} fields expected, {len(values)} found")
    made = []
    for (name, read), value in zip(readers, values, strict=False):
        try:
            made.append(read(value))
        except _Misfit:
            raise ValueError(f"{kind}.{name}: {value!r} does not belong there") from None
    return KINDS[kind](*made)


class _Misfit(Exception):
    """A value is not of the type that its place has."""


@cache
def _readers(kind: str) -> list[tuple[str, Callable[[Any], Any]]]:
    return [(name, _reader(hint)) for name, hint in fields(kind).items()]


def _reader(hint: Any) -> Callable[[Any], Any]:
    """What takes a JSON value to a value of this type, or raises `_Misfit`."""
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return partial(_first, [_reader(part) for part in parts])
    if origin is tuple:
        if parts[-1] is ...:
            return partial(_many, _reader(parts[0]))
        return partial(_each, [_reader(part) for part in parts])
    return partial(_plain, (int, float) if hint is float else (hint,))


def _first(readers: list[Callable[[Any], Any]], value: Any) -> Any:
    for read in readers:
        try:
            return read(value)
        except _Misfit:
            pass
    raise _Misfit


def _many(read: Callable[[Any], Any], value: Any) -> tuple[Any, ...]:
    if type(value) is not list:
        raise _Misfit
    return tuple([read(item) for item in value])


def _each(readers: list[Callable[[Any], Any]], value: Any) -> tuple[Any, ...]:
    if type(value) is not list or len(value) != len(readers):
        raise _Misfit
    return tuple([read(item) for read, item in zip(readers, value, strict=True)])


def _plain(types: tuple[type, ...], value: Any) -> Any:
    if type(value) not in types or value != value or value in (math.inf, -math.inf):
        raise _Misfit
    return value
