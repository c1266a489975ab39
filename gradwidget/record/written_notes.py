"""Notes of ops, written out: for each op a function of its own that jots down a call, flat, as text that is compiled once.

What a call of this op always has is known when the text is made (its parameters, the slots of its node), so nothing is
looked up, gathered in tuples or looped over while the program waits; together that costs as much as the op itself. The
function knows results on memory of their own and arguments that are told tensors or plain; the rest it hands to
`quick_op`. What stands in the log is said by `Layout`, for who makes events of it.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from threading import get_ident
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import ref

import numpy as np

from ..torch import watch
from . import values
from .notes import CELLS, HELD, PENDING, PLAIN, TENSOR, WHOLE

if TYPE_CHECKING:
    from .from_core import Core

FIRST = 1000  # the sorts of these notes are numbers from here on, see `layouts`
OFTEN = 5  # calls of an op after which it is worth its text


class Layout(NamedTuple):
    """What follows the number of a note in the log: what a fresh tensor has (10 items: tag, reference, shape, strides,
    dtype, contents, scope, source, reference to its memory, whether recorded), the tag of the first argument, of each
    further one tag and value, of each that was given by keyword the value; then, with a node, the reference to it, the
    tags of its edges, tag and version of each saved input, the version of each saved output."""

    call: watch.Call
    node: Any  # the class; None: none was made
    items: int


class Written(NamedTuple):
    """The text of an op, compiled; its notes without a node are of this sort, those with one of the next."""

    code: CodeType
    sort: int
    node: Any


_written: dict[str, Written] = {}  # by op: the same for all recorders
layouts: dict[int, Layout] = {}  # by sort of note


def written_notes(core: Core, general: Callable[..., None]) -> watch.Hears:
    """What hears of ops; `general` is what `quick_op` made."""
    to = core.to
    places: dict[str, Any] = {
        "__name__": __name__, "general": general, "ids": to.lines.ids, "here": to.lines.here, "moved": core.moved,
        "core": core, "to": to, "log": to.log, "append": to.log.append, "extend": to.log.extend, "LOW": to.base,
        "HIGH": to.top, "new_tensor": to.new_tensor, "Tensor": core.tensor_types[0], "Parameter": core.tensor_types[1],
        "switches": core.switches, "mode": core.mode, "sample": values.sample, "getframe": sys._getframe,
        "get_ident": get_ident, "ref": ref, "ndarray": np.ndarray, "PLAIN": PLAIN, "TENSOR": TENSOR, "CELLS": CELLS,
        "WHOLE": WHOLE, "PENDING": PENDING, "HELD": HELD,
    }  # fmt: skip

    def make(op: str) -> Callable[..., Any]:
        known = _written.get(op)
        return seldom(op) if known is None else bound(known)

    def bound(written: Written) -> Callable[..., Any]:
        places[f"K{written.sort}"] = written.node
        return FunctionType(written.code, places)

    def seldom(op: str) -> Callable[..., Any]:
        """What hears of an op that was not called often yet."""
        plain = watch.plainly(general, op)
        calls = 0

        def hear(out: Any, *arguments: Any) -> None:
            nonlocal calls
            calls += 1
            if calls == OFTEN and watch.calls[op].given:
                met(op, getattr(out, "_node", None))
            plain(out, *arguments)

        return hear

    def met(op: str, node: Any) -> None:
        """Write an op out, for nodes like this one."""
        kind = type(node) if getattr(type(node), "op_name", "") == watch.calls[op].name else None
        if op not in _written or _written[op].node is None is not kind:
            _written[op] = _write(op, kind)
        hears[op] = bound(_written[op])

    places["met"] = met
    to.on_forget.append(places.clear)
    hears = watch.Hears(make)
    return hears


def _write(op: str, kind: Any) -> Written:
    call = watch.calls[op]
    parts = _of_node(kind, call)
    items = 11 + 2 * (len(call.given) - 1) + len(call.named)
    sort = FIRST + 2 * next(_numbers)
    made: dict[str, Any] = {}
    exec(compile(_text(op, call, parts, sort), f"<note of {call.name}>", "exec"), made)
    layouts[sort], layouts[sort + 1] = Layout(call, None, items), Layout(call, kind, items + 1 + len(parts))
    return Written(made["note"].__code__, sort, kind)


_numbers = itertools.count()


def _of_node(kind: Any, call: watch.Call) -> list[str]:
    """What is read from a node `n`."""
    if kind is None:
        return []
    parts = [f"None if (e := n.{slot}) is None else e._tag" for slot in kind.edge_slots]
    for slot in kind.saved_inputs:
        place = call.given.index(slot.rstrip("_")) if slot.rstrip("_") in call.given else 0
        number = f"v{place} is not TENSOR or " if place else ""  # what was saved may be a plain number
        parts += [f"None if {number}(s := n.{slot}) is None else s._tag", f"0 if n.{slot} is None else n.v_{slot}"]
    return parts + [f"None if n.{slot} is None else n.v_{slot}" for slot in kind.saved_outputs]


def _text(op: str, call: watch.Call, parts: list[str], sort: int) -> str:
    given, named = [f"p{k}" for k in range(len(call.given))], [f"k{k}" for k in range(len(call.named))]
    keywords = ", ".join([f"{name!r}: {k}" for name, k in zip(call.named, named, strict=True)])
    hand_on = f"general({call.name!r}, out, ({', '.join(given)},), {{{keywords}}}, 3)"
    unusual = [f"type({k}) not in PLAIN" for k in named]
    further = []
    for k, p in enumerate(given[1:], 1):
        further += [
            f"if (kind := type({p})) is Tensor or kind is Parameter:",
            f"    t{k} = {p}._tag",
            f"    v{k} = TENSOR",
            f"    if not LOW < t{k} < HIGH or {p}._a is a: return {hand_on}",
            "elif kind in PLAIN:",
            f"    t{k} = None",
            f"    v{k} = {p}",
            f"else: return {hand_on}",
        ]
    fresh = "tag, ref(out, append), a.shape, a.strides, a.dtype, data, scope, source, ref(a, append)"
    rest = ", ".join(["i", *[f"t{k}, v{k}" for k in range(1, len(given))], *named])
    of_node = "".join([f", {part}" for part in parts])
    return "\n".join(
        [
            f"def note({', '.join(['out', *given, *named])}):",
            "    try:",
            "        a = out._a",
            "        i = p0._tag",
            f"        if {' or '.join(['a.base is not None or type(a) is not ndarray or type(out) is not Tensor or p0._a is a or not LOW < i < HIGH', *unusual])}:",
            f"            return {hand_on}",
            *["        " + line for line in further],
            "        n = out._node",
            f"        if n is not None and type(n) is not K{sort}:",
            f"            if K{sort} is None: met({op!r}, n)",
            f"            return {hand_on}",
            "        scope = to.scope if get_ident() == to.thread else to.turn()",
            "        frame = getframe(2)",
            "        try:",
            "            source = ids[id(frame.f_code)][frame.f_lasti]",
            "        except KeyError:",
            "            source = here(3)",
            "        if source != core.line: moved(source)",
            "        size = a.size",
            "        if size <= CELLS: data = a.tobytes()",
            "        elif size <= WHOLE:",
            "            data = a.tobytes()",
            "            to.held += a.nbytes",
            "            if to.held > HELD: to.settle()",
            "        else: data = sample(a)",
            "        tag = new_tensor()",
            f"        if n is None: extend(({sort}, {fresh}, switches.GRAD or mode(), {rest}))",
            "        else:",
            f"            extend(({sort + 1}, {fresh}, True, {rest}, ref(n, append){of_node}))",
            "            n._tag = -tag",
            "        out._tag = tag",
            "        if to.tick is not None: core.tick()",
            "        elif len(log) > PENDING: to.settle()",
            "    except AttributeError:",
            f"        {hand_on}",
            "    except RecursionError:",
            "        to.missed = True",
            "    except Exception as error:",
            "        core.fail(error)",
        ]
    )
