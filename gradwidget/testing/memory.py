"""What is shared, what was written to, and what is kept for backward."""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType
from typing import Any

from .. import events as ev
from ..record import users_frame
from ..session import Session, current
from .facts import Facts, library_used, look, tensors_of


def assert_shares_memory(first: Any, *others: Any) -> None:
    """Tensors are windows on one storage: what is written through one shows in the others.

    Raises AssertionError with the storage of each, and with the op that made a copy where the recording knows it.

    >>> assert_shares_memory(x, x.view(-1), x.detach())
    """
    __tracebackhide__ = True
    if not others:
        raise TypeError("assert_shares_memory needs two tensors or more")
    facts = look(first, *others)
    tensors = [facts.state.tensors[id_] for id_ in facts.ids]
    if len({t["storage"] for t in tensors}) > 1:
        lines = []
        for t in tensors:
            op = facts.state.ops.get(t["op"])
            made = f", made by `{op['name']}`{facts.where(op['id'])}" if op is not None else ""
            size = facts.state.storages[t["storage"]]["bytes"]
            lines.append(f"{facts.name(t['id'])}: storage #{t['storage']} ({size:,} bytes){made}")
        raise AssertionError("\n  ".join(["these do not share memory", *lines]))


class _Block:
    """A `with` block that is recorded: by the recording that runs, or else by one of its own."""

    entered = True  # False once it waits for `with`

    def __enter__(self) -> Any:
        self.entered = True
        running = current(self.tensors())
        self.own = running is None
        self.session = running or self.new_session()
        if self.own:
            self.session.start()
        try:
            self.begun = len(self.session.trace)
            self.begin()
        except BaseException:
            self.end()
            raise
        return self

    def new_session(self) -> Session:
        tensors = list(self.tensors())
        frame = users_frame(3)
        if tensors or frame is None:
            return Session.of(tensors)
        return Session(source=library_used({**frame.f_globals, **frame.f_locals}))

    def end(self) -> None:
        if self.own:
            self.session.close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        __tracebackhide__ = True
        try:
            if kind is None:
                self.check()
        finally:
            self.end()

    def __del__(self) -> None:
        if not self.entered:
            import warnings

            warnings.warn(f"{type(self).__name__} checked nothing: it goes with `with`", RuntimeWarning, stacklevel=2)

    def tensors(self) -> Iterable[Any]:
        return ()

    def begin(self) -> None:
        """Look at how things stand before the block."""

    def check(self) -> None:
        """Raise AssertionError where the block did what it should not have done."""


class assert_unchanged(_Block):
    """Nothing in a `with` block writes to these tensors (or to what a module holds), by whatever other name or view.

    Raises AssertionError with the op, the line and the tensor through which it wrote. Writes that leave the numbers as they
    are count too, for backward minds them. So do those that no tensor library hears of, as through NumPy.

    >>> with assert_unchanged(x):
    ...     y = function(x)
    """

    def __init__(self, *targets: Any) -> None:
        self.targets = tensors_of(targets)
        self.entered = False

    def tensors(self) -> Iterable[Any]:
        return [tensor for _, tensor in self.targets]

    def begin(self) -> None:
        self.ids = [self.session.id_of(tensor) for tensor in self.tensors()]
        self.before = [self.session.recorder.content(tensor) for tensor in self.tensors()]
        self.windows = [_window(self.session.trace.state().tensors[id_]) for id_ in self.ids]
        self.begun = len(self.session.trace)

    def check(self) -> None:
        __tracebackhide__ = True
        after = [self.session.recorder.content(tensor) for tensor in self.tensors()]
        facts = look(*self.tensors())
        new = self.session.trace[self.begun :]
        failed = []
        for (name, _), id_, window, b, a in zip(self.targets, self.ids, self.windows, self.before, after, strict=True):
            told = [said for event in new if (said := _changes(facts, event, id_, window))]
            if not told and a != b:
                told = ["was changed by something that no tensor library hears of (NumPy?)"]
            failed += [f"{name or facts.name(id_)} {said}" for said in told[:3]]
        if failed:
            raise AssertionError("\n  ".join(["tensors changed that should not have", *failed]))


Window = tuple[int, int, int]  # storage, first element, one past the last


def _window(tensor: dict[str, Any]) -> Window:
    first = tensor["offset"]
    span = [(n - 1) * s for n, s in zip(tensor["shape"], tensor["stride"], strict=True)]
    empty = 0 in tensor["shape"]
    return tensor["storage"], first + sum(min(s, 0) for s in span), first + (not empty) * (1 + sum(span))


def _changes(facts: Facts, event: Any, id_: int, window: Window) -> str:
    """How an event changed a tensor; "" if it did not."""
    if isinstance(event, ev.Reseat) and event.tensor == id_:
        return "was given other memory (`.data = ...`)"
    if isinstance(event, ev.Write) and event.storage == window[0]:
        other = facts.state.tensors[event.tensor]
        _, first, end = _window(other)
        if first < window[2] and window[1] < end:
            op = facts.state.ops.get(event.op)
            by = f"`{op['name']}`{facts.where(event.op)}" if op is not None else "backward"
            through = "" if event.tensor == id_ else f", through {facts.name(event.tensor)}"
            return f"was written to by {by}{through} (version {event.before} → {event.after})"
    return ""


class max_bytes_kept(_Block):
    """No more than `limit` bytes are ever kept for backward at once, by the nodes that a `with` block makes.

    Every storage that a node saved counts once and whole, for it stays alive whole, until its nodes release it or die.
    With `of`, a tensor, the graph that it hangs on now is checked at once and no block is needed. `bytes` is what was found.
    Raises AssertionError with the nodes that keep most.

    >>> with max_bytes_kept(1_000_000) as kept:
    ...     loss = model(batch).sum()
    >>> kept.bytes
    >>> max_bytes_kept(1_000_000, of=loss)
    """

    def __init__(self, limit: int, of: Any = None) -> None:
        __tracebackhide__ = True
        if isinstance(limit, bool) or not isinstance(limit, int):
            raise TypeError(f"max_bytes_kept needs a number of bytes, not {type(limit).__name__}")
        self.limit = limit
        self.bytes = 0
        self.entered = of is not None
        if of is not None:
            from .flow import places_before

            facts = look(of)
            nodes = [facts.state.nodes[p[0]] for p in places_before(facts, facts.ids[0]) if p and p[0] > 0]
            self.judge(facts, [n for n in nodes if not n["released"]])

    def check(self) -> None:
        __tracebackhide__ = True
        kept: dict[int, ev.Node] = {}
        peak: list[int] = []
        sizes: dict[int, int] = {}
        users: dict[int, int] = {}  # storage: how many nodes keep it
        now = most = 0
        for i, event in enumerate(self.session.trace):
            if isinstance(event, ev.Storage):
                sizes[event.id] = event.bytes
            elif isinstance(event, ev.Node) and i >= self.begun:
                kept[event.id] = event
                for storage in {s[2] for s in event.saved}:
                    users[storage] = users.get(storage, 0) + 1
                    now += sizes.get(storage, 0) if users[storage] == 1 else 0
                if now > most:
                    most, peak = now, list(kept)
            elif isinstance(event, ev.Release) or isinstance(event, ev.Freed) and event.what == "node":
                node = kept.pop(event.node if isinstance(event, ev.Release) else event.id, None)
                for storage in {s[2] for s in node.saved} if node is not None else ():
                    users[storage] -= 1
                    now -= sizes.get(storage, 0) if users[storage] == 0 else 0
        facts = look()
        self.judge(facts, [facts.state.nodes[n] for n in peak])

    def judge(self, facts: Facts, nodes: list[dict[str, Any]], most: int = 5) -> None:
        __tracebackhide__ = True
        first: dict[int, dict[str, Any]] = {}  # storage: the node that saved it first
        for node in nodes:
            for _, _, storage, _, _ in node["saved"]:
                first.setdefault(storage, node)
        shares: dict[int, int] = {}
        for storage, node in first.items():
            shares[node["id"]] = shares.get(node["id"], 0) + facts.state.storages[storage]["bytes"]
        self.bytes = sum(shares.values())
        if self.bytes > self.limit:
            lines = []
            for id_ in sorted(shares, key=lambda n: -shares[n])[:most]:
                node = facts.state.nodes[id_]
                lines.append(f"{shares[id_]:>12,}  {node['name']}{facts.where(node['op'])}")
            more = f"\n  … and {len(shares) - most} more nodes" if len(shares) > most else ""
            said = f"{self.bytes:,} bytes are kept for backward, more than {self.limit:,}"
            raise AssertionError("\n  ".join([said, *lines]) + more)
