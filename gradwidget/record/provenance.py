"""Where in the user's program something happened, and what the program calls its tensors."""

from __future__ import annotations

import ast
import inspect
import itertools
import linecache
import os
import sys
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import CodeType, FrameType
from typing import Any

from ..events import Source
from . import probe

OURS = __name__.partition(".")[0]  # frames of this package are never the user's
STANDARD = os.path.dirname(os.__file__) + os.sep  # packages beside it that were installed are as good as the user's
FEW = 16  # containers of up to so many items are looked into for tensors


class _Place:
    """What is known of one code object: its lines that ran, by instruction. `ours` where it is not the user's."""

    __slots__ = ("cell", "code", "file", "function", "ids", "ours", "top")

    def __init__(self, frame: FrameType, lines: Lines) -> None:
        self.code = code = frame.f_code  # held, so that its address stays its own
        self.ours = (frame.f_globals.get("__name__") or "").partition(".")[0] in lines.hidden
        self.ids: dict[int, int] = {}
        if not self.ours:
            lines.ids[id(code)] = self.ids
            self.cell = lines.cell_of(code.co_filename)
            self.file = "" if self.cell is not None else os.path.basename(code.co_filename)
            name: str = getattr(code, "co_qualname", code.co_name).replace("<locals>.", "")
            self.top = name == "<module>" or name.startswith("<cell line")
            self.function = "" if self.top else name


class Lines:
    """Gives each line of the user's program that runs something an id, and tells it as a `Source` once.

    >>> lines = Lines(tell=events.append)
    >>> lines.here(1)  # the id of the line that called this one
    1
    """

    def __init__(self, tell: Callable[[Source], Any], cell_of: Callable[[str], int | None] | None = None) -> None:
        self.tell = tell
        self.cell_of = cell_of or (lambda file: None)
        self.hidden: tuple[str, ...] = (OURS,)  # packages whose frames are not the user's
        self.places: dict[int, _Place] = {}
        self.ids: dict[int, dict[int, int]] = {}  # of the user's code: what ran there, by instruction
        self.known: dict[tuple[int, int], int] = {}
        self.new_id = itertools.count(1).__next__
        self.assigned: dict[int, tuple[str, ...]] = {}  # source id of a top-level line: the names that it assigns
        self._statements: dict[int, dict[int, tuple[str, ...]]] = {}

    def here(self, depth: int) -> int | None:
        """The innermost line of the user's, `depth` frames up or further; None where there is none."""
        frame: FrameType | None = sys._getframe(depth)
        while frame is not None:
            code = frame.f_code
            place = self.places.get(id(code))
            if place is None:
                place = self.places[id(code)] = _Place(frame, self)
            if not place.ours:
                at = frame.f_lasti
                known = place.ids.get(at)
                return known if known is not None else self.first(place, at, frame.f_lineno)
            frame = frame.f_back
        return None

    def of_traceback(self, traceback: Any) -> int | None:
        """The innermost line of the user's where an error was raised: not one of the standard library's (`deepcopy`),
        unless it is nobody else's."""
        found = spare = None
        while traceback is not None:
            frame = traceback.tb_frame
            place = self.places.get(id(frame.f_code)) or _Place(frame, self)
            self.places[id(frame.f_code)] = place
            module = frame.f_globals.get("__name__") or ""
            if not place.ours and not module.startswith(("IPython.", "runpy", "importlib.")):
                if _standard(frame.f_code.co_filename):
                    spare = place, traceback
                else:
                    found = self.first(place, traceback.tb_lasti, traceback.tb_lineno)
            traceback = traceback.tb_next
        if found is None and spare is not None:
            place, traceback = spare
            found = self.first(place, traceback.tb_lasti, traceback.tb_lineno)
        return found

    def first(self, place: _Place, at: int, line: int) -> int:
        key = (id(place.code), line)
        known = self.known.get(key)
        if known is None:
            text = linecache.getline(place.code.co_filename, line).strip()
            names = self.statements(place.code).get(line, ()) if place.top else None
            known = self.new_id()  # two threads may meet here: the line has two ids then
            self.tell(Source(known, place.file, place.cell, line, text, place.function))
            self.known[key] = known
            if names is not None:
                self.assigned[known] = names
        place.ids[at] = known
        return known

    def statements(self, code: CodeType) -> dict[int, tuple[str, ...]]:
        """For each line of a module or cell, the names that the statement there assigns."""
        found = self._statements.get(id(code))
        if found is None:
            found = self._statements[id(code)] = assignments("".join(linecache.getlines(code.co_filename)))
        return found


def _standard(file: str) -> bool:
    return file.startswith(STANDARD) and "site-packages" not in file


def assignments(source: str) -> dict[int, tuple[str, ...]]:
    """The names assigned by each simple statement at the top level of a program (also within its loops), by line.

    >>> assignments("x = y = 1\\nfor i in z:\\n    x, k = i")
    {1: ('x', 'y'), 3: ('x', 'k')}
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):  # a cell with magics
        return {}
    found: dict[int, tuple[str, ...]] = {}
    todo: list[ast.AST] = list(tree.body)
    while todo:
        statement = todo.pop()
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if isinstance(statement, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.NamedExpr):
            names = tuple(
                [n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
            )
            for line in range(statement.lineno, (statement.end_lineno or statement.lineno) + 1):
                found[line] = found.get(line, ()) + names
        else:
            todo += [child for child in ast.iter_child_nodes(statement) if isinstance(child, ast.stmt)]
    return found


def users_frame(depth: int = 1, hidden: tuple[str, ...] = (OURS,)) -> FrameType | None:
    """The innermost frame outside of this package, or of the `hidden` ones."""
    frame: FrameType | None = sys._getframe(depth)
    while frame is not None:
        if (frame.f_globals.get("__name__") or "").partition(".")[0] not in hidden:
            return frame
        frame = frame.f_back
    return None


def called(function: Any) -> str:
    """The name of a function of the user's; that of a lambda says in which line it is."""
    name = getattr(function, "__qualname__", type(function).__name__).rpartition("<locals>.")[2]
    code = getattr(function, "__code__", None)
    return f"lambda in line {code.co_firstlineno}" if name == "<lambda>" and code is not None else name


class Kinds(dict[type, str]):
    """Which types are tensors, modules or containers; learnt type by type."""

    def __missing__(self, kind: type) -> str:
        if inspect.ismodule(kind):
            what = ""
        elif probe.is_tensor(kind):
            what = "tensor"
        elif probe.is_module(kind):
            what = "module"
        else:
            what = "list" if kind in (list, tuple) else "dict" if kind is dict else ""
        self[kind] = what
        return what


_kinds = Kinds()


def kind_of(value: Any) -> str:
    return _kinds[type(value)]


Variable = tuple[str, Any, str]  # name, value, what it is: tensor, module, list or dict


def variables(namespace: Mapping[str, Any]) -> list[Variable]:
    """The variables that lead to tensors. Names that begin with an underscore are the interpreter's."""
    found = [(name, value, what) for name, value in list(namespace.items()) if (what := _kinds[type(value)])]
    return [v for v in found if not v[0].startswith("_") and v[0] not in ("In", "Out")]


def tensors_named(some: Iterable[Variable], modules: bool = True) -> Iterator[tuple[str, Any, str]]:
    """(name, tensor, role) for the tensors that variables lead to: themselves, items of small lists and dicts, and the
    parameters and buffers of modules, if asked."""
    for name, value, what in some:
        if what == "tensor":
            yield name, value, ""
        elif what == "module" and modules:
            yield from _of_module(name, value)
        elif what == "list" and len(value) <= FEW:
            for i, item in enumerate(value):
                if _kinds[type(item)] == "tensor":
                    yield f"{name}[{i}]", item, ""
        elif what == "dict" and len(value) <= FEW:
            for key, item in list(value.items()):
                if _kinds[type(item)] == "tensor":
                    yield f"{name}[{key!r}]", item, ""


def _of_module(name: str, module: Any) -> Iterator[tuple[str, Any, str]]:
    for path, tensor in list(module.named_parameters()):
        yield f"{name}.{path}", tensor, "parameter"
    if hasattr(module, "named_buffers"):
        for path, tensor in list(module.named_buffers()):
            yield f"{name}.{path}", tensor, "buffer"


class Paths:
    """What modules are called: the variable, and the path below it (`model.0`)."""

    def __init__(self) -> None:
        self.paths: dict[int, tuple[weakref.ref[Any], str]] = {}

    def of(self, module: Any, namespaces: Callable[[], list[Mapping[str, Any]]]) -> str:
        """Its path; "" where no variable leads to it."""
        known = self.paths.get(id(module))
        if known is None or known[0]() is not module:
            for namespace in namespaces():
                self.learn(namespace)
            known = self.paths.get(id(module))
        if known is None or known[0]() is not module:
            self.paths[id(module)] = (weakref.ref(module), "")  # asked once
            return ""
        return known[1]

    def learn(self, namespace: Mapping[str, Any]) -> None:
        for name, value in list(namespace.items()):
            if not name.startswith("_") and _kinds[type(value)] == "module":
                for path, module in value.named_modules():
                    known = self.paths.get(id(module))
                    if known is None or known[0]() is not module or not known[1]:
                        self.paths[id(module)] = (weakref.ref(module), f"{name}.{path}" if path else name)
