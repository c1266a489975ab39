"""From live tensors to what a trace says of them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any

from ..record import users_frame
from ..session import Session, current

OURS = __name__.partition(".")[0] + "."


class Facts:
    """A state, and the ids in it of the tensors that were asked about."""

    def __init__(self, session: Session, ids: list[int], recorded: bool) -> None:
        self.state = session.trace.state()
        self.ids = ids
        self.recorded = recorded  # the ops are known too, not only the graph

    def name(self, id_: int) -> str:
        """What people call a tensor: its variable, or else what made it."""
        tensor = self.state.tensors[id_]
        if tensor["names"]:
            return min(tensor["names"], key=lambda name: "[" in name)  # `x` rather than `args[0]`
        op = self.state.ops.get(tensor["op"])
        shape = tuple(tensor["shape"])
        return f"a tensor of shape {shape}" if op is None else f"the result of `{op['name']}`, of shape {shape}"

    def line(self, source: int | None) -> str:
        """A line of the program: " in test_it.py:12, `y = x.detach()`"; "" where it is not known."""
        found = self.state.sources.get(source)
        if found is None:
            return ""
        file = found["file"] or f"cell [{found['cell']}]"
        return f" in {file}:{found['line']}, `{found['text']}`"

    def where(self, op: int | None) -> str:
        """The line of an op."""
        found = self.state.ops.get(op)
        return "" if found is None else self.line(found["source"])


def look(*tensors: Any) -> Facts:
    """What is known of these tensors, by the recording that runs or by a snapshot made now."""
    running = current(tensors)
    session = running or Session.of(tensors)
    ids = [session.id_of(tensor) for tensor in tensors]
    session.recorder.name_tensors(namespaces(), unseen=False)
    return Facts(session, ids, running is not None)


RUNNERS = ("_pytest", "pluggy", "unittest", "runpy", "IPython", "ipykernel", "asyncio", "threading")


def namespaces() -> list[Mapping[str, Any]]:
    """The variables of the functions that run, the outermost first (a test's names say more than those of its helpers)."""
    found: list[Mapping[str, Any]] = []
    frame = users_frame(2)
    module: dict[str, Any] = {}
    while frame is not None:
        name = str(frame.f_globals.get("__name__"))
        if not name.startswith((*RUNNERS, OURS)):
            module = module or frame.f_globals
            if frame.f_locals is not frame.f_globals:
                found.append(frame.f_locals)
        frame = frame.f_back
    return [*found[::-1], module]


CORE, PYTORCH = f"{OURS}torch", "torch"


def library_used(names: Mapping[str, Any]) -> str:
    """Which library a program with these names uses: "core", or "torch" for PyTorch."""
    homes = {str(getattr(x, "__name__" if isinstance(x, ModuleType) else "__module__", "")) for x in names.values()}
    found = [library for library in (CORE, PYTORCH) if any(f"{home}.".startswith(f"{library}.") for home in homes)]
    if not found:  # imported where it is used, perhaps
        found = [library for library in (CORE, PYTORCH) if library in sys.modules]
    return "torch" if found == [PYTORCH] and sys.modules[PYTORCH].__name__ == PYTORCH else "core"


def tensors_of(targets: Any) -> list[tuple[str, Any]]:
    """(name, tensor) for what may be meant by "these tensors": one, several, a dict of them, a module, an optimizer.

    A name is "" where there is none of its own. Raises TypeError where there is no tensor, or none at all.
    """
    found = list(_found("", targets))
    if not found:
        raise TypeError("no tensors were given: an assertion about none always holds")
    return found


def _found(name: str, target: Any) -> Iterable[tuple[str, Any]]:
    if hasattr(target, "requires_grad") and hasattr(target, "grad_fn"):
        yield name, target
    elif hasattr(target, "named_parameters"):
        for path, tensor in target.named_parameters():
            yield f"{name}.{path}" if name else path, tensor
    elif hasattr(target, "param_groups"):
        for group in target.param_groups:
            yield from _found(name, group["params"])
    elif isinstance(target, Mapping):
        for key, item in target.items():
            yield from _found(f"{name}.{key}" if name else str(key), item)
    elif isinstance(target, Iterable) and not isinstance(target, str | bytes):
        for item in target:
            if isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], str):
                yield from _found(item[0], item[1])  # named_parameters()
            else:
                yield from _found(name, item)
    else:
        raise TypeError(f"a tensor, a module, or several of them are wanted, not {type(target).__name__}")
