"""Reading pickles that may come from anybody: an interpreter that knows the few instructions which files of tensors need,
and calls nothing that is not on its list."""

from __future__ import annotations

import struct
import warnings
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING  # protocol 2 has the names of Python 2
from collections import Counter, OrderedDict
from collections.abc import Callable
from pickle import UnpicklingError, decode_long
from typing import Any

from . import _utils, dtypes
from .devices import device
from .parameter import Parameter
from .storage import TypedStorage, UntypedStorage
from .tensor import Size, Tensor

BLOCKED = ("sys", "os", "posix", "nt")  # nothing from these, whoever asks for it


class StorageType:
    """What files name as `torch.FloatStorage`: a dtype."""

    def __init__(self, name: str, dtype: Any) -> None:
        self.name, self.dtype = name, dtype

    def __repr__(self) -> str:
        return f"StorageType(dtype={self.dtype})"


STORAGES: dict[str, Any] = {
    f"{d.legacy}Storage": StorageType(f"{d.legacy}Storage", d) for d in dtypes.ALL if d.name not in _utils.UNTYPED
}


def _encode(text: str, encoding: str = "utf-8", errors: str = "strict") -> bytes:
    """`_codecs.encode`, with which protocol 2 writes bytes; of texts only, and to `latin1` only."""
    if not isinstance(text, str) or encoding not in ("latin1", "utf-8", "ascii"):
        raise UnpicklingError(f"bytes are written as text in latin1, not as {type(text).__name__} in {encoding}")
    return text.encode(encoding, errors)


def _bytearray(content: bytes = b"", *encoding: str) -> bytearray:
    """A number would ask for that much memory."""
    if isinstance(content, int):
        raise UnpicklingError("a bytearray is made of its content")
    return bytearray(content, *encoding) if encoding else bytearray(content)


def _known() -> dict[str, Any]:
    """What a file may name without anybody's permission."""
    known: dict[str, Any] = {
        "collections.OrderedDict": OrderedDict,
        "collections.Counter": Counter,
        "torch.nn.parameter.Parameter": Parameter,
        "torch.Size": Size,
        "torch.Tensor": Tensor,
        "torch.device": device,
        "torch._tensor._rebuild_from_type_v2": _utils._rebuild_from_type_v2,
        "torch.storage.UntypedStorage": UntypedStorage,
        "torch.storage.TypedStorage": TypedStorage,
        "torch.serialization._get_layout": str,
        "_codecs.encode": _encode,
        "builtins.bytearray": _bytearray,
        "builtins.set": set,
        "builtins.complex": complex,
    }
    known |= {f"torch._utils.{function.__name__}": function for function in _utils.REBUILD}
    known |= {f"torch.{d.name}": d for d in dtypes.ALL}
    return known | {f"torch.{name}": storage for name, storage in STORAGES.items()}


KNOWN = _known()
_allowed: list[Any] = []  # what the program vouches for (`torch.serialization.add_safe_globals`)


def allowed_by_user() -> dict[str, Any]:
    found = {}
    for entry in _allowed:
        if not isinstance(entry, tuple):
            found[f"{entry.__module__}.{entry.__qualname__}"] = entry
        elif len(entry) != 2:
            raise ValueError(
                f"Expected tuple of length 2 (global, str of callable full path), but got tuple of length: {len(entry)}"
            )
        elif type(entry[1]) is not str:
            raise TypeError(f"Expected second item in tuple to be str of callable full path, but got: {type(entry[1])}")
        else:
            found[entry[1]] = entry[0]
    return found


def _is_in(thing: Any, table: dict[str, Any]) -> bool:
    return any(thing is known for known in table.values())


class WeightsUnpickler:
    """Reads one pickle from a file. Raises UnpicklingError for what it does not know or will not do."""

    def __init__(self, file: Any, persistent_load: Callable[[Any], Any], encoding: str = "utf-8") -> None:
        self.file = file
        self.persistent_load = persistent_load
        self.encoding = encoding
        self.memo: dict[int, Any] = {}
        self.stack: list[Any] = []
        self.marks: list[list[Any]] = []
        self.users = allowed_by_user()

    def read(self, n: int) -> bytes:
        data: bytes = self.file.read(n)
        if len(data) < n:
            raise EOFError
        return data

    def load(self) -> Any:
        while True:
            [code] = self.read(1)
            if code == ord("."):
                return self.stack.pop()
            run = CODES.get(code)
            if run is None:
                raise UnpicklingError(f"Unsupported operand {code}")
            run(self)

    # ---- names and calls

    def find(self) -> None:
        module, name = (self.file.readline()[:-1].decode() for _ in range(2))
        if (module, name) in NAME_MAPPING:
            module, name = NAME_MAPPING[module, name]
        module = IMPORT_MAPPING.get(module, module)
        path = f"{module}.{name}"
        if module in BLOCKED:
            raise UnpicklingError(f"Trying to load unsupported GLOBAL {path} whose module {module} is blocked.")
        if path in KNOWN:
            self.stack.append(KNOWN[path])
        elif path in self.users:
            self.stack.append(self.users[path])
        else:
            path = path.removeprefix("builtins.")
            raise UnpicklingError(
                f"Unsupported global: GLOBAL {path} was not an allowed global by default. Please use "
                f"`torch.serialization.add_safe_globals([{path}])` or the `torch.serialization.safe_globals([{path}])` "
                "context manager to allowlist this global if you trust this class/function."
            )

    def _may(self, thing: Any) -> bool:
        return _is_in(thing, KNOWN) or _is_in(thing, self.users)

    def call(self) -> None:
        args = self.stack.pop()
        function = self.stack[-1]
        if not self._may(function) or not callable(function):
            told = f"Trying to call reduce for unrecognized function {function}"
            if hasattr(function, "__self__"):
                told += f" which belongs to {function.__self__}"
            raise UnpicklingError(told)
        self.stack[-1] = function(*args)

    def new(self) -> None:
        args, cls = self.stack.pop(), self.stack.pop()
        if cls is Parameter:
            self.stack.append(Parameter(*args))
        elif isinstance(cls, type) and self._may(cls):
            self.stack.append(cls.__new__(cls, *args))
        else:
            raise UnpicklingError(
                f"Can only create new object for nn.Parameter or classes allowlisted via `add_safe_globals` but got {cls}"
            )

    def build(self) -> None:
        state = self.stack.pop()
        thing = self.stack[-1]
        kind = type(thing)
        if kind is OrderedDict:
            thing.__dict__.update(state)
        elif isinstance(thing, Tensor) and _is_in(kind, KNOWN):
            _utils._with_state(thing, state)
        elif not _is_in(kind, self.users):
            raise UnpicklingError(
                f"Can only build Tensor, Parameter, OrderedDict or types allowlisted via `add_safe_globals`, but got {kind}"
            )
        elif hasattr(thing, "__setstate__"):
            thing.__setstate__(state)
        else:
            state, slots = state if isinstance(state, tuple) and len(state) == 2 else (state, None)
            thing.__dict__.update(state or {})
            for name, value in (slots or {}).items():
                setattr(thing, name, value)

    def stored(self) -> None:
        what = self.stack.pop()
        if type(what) not in (tuple, int):
            raise UnpicklingError(f"persistent_load id must be tuple or int, but got {type(what)}")
        if type(what) is tuple and what and what[0] not in ("storage", b"storage"):
            raise UnpicklingError(f"Only persistent_load of storage is allowed, but got {type(what[0])}")
        self.stack.append(self.persistent_load(what))

    # ---- containers

    def mark(self) -> None:
        self.marks.append(self.stack)
        self.stack = []

    def since_mark(self) -> list[Any]:
        items, self.stack = self.stack, self.marks.pop()
        return items

    def extend(self, items: list[Any], how: str) -> None:
        if type(self.stack[-1]) is not list:
            raise UnpicklingError(f"Can only {how} lists, but got {type(self.stack[-1])}")
        self.stack[-1].extend(items)

    def set_items(self, items: list[Any], how: str) -> None:
        target = self.stack[-1]
        if type(target) not in (dict, OrderedDict, Counter):
            raise UnpicklingError(
                f"Can only {how} for dict, collections.OrderedDict, collections.Counter, but got {type(target)}"
            )
        for key, value in zip(items[::2], items[1::2]):
            target[key] = value

    def tuple_since_mark(self) -> None:
        items = self.since_mark()
        self.stack.append(tuple(items))

    def tuple_of(self, n: int) -> None:
        self.stack[-n:] = [tuple(self.stack[-n:])]

    # ---- the rest

    def number(self, form: str) -> Any:
        return struct.unpack(form, self.read(struct.calcsize(form)))[0]

    def text(self) -> str:
        return str(self.read(self.number("<I")), "utf-8", "surrogatepass")

    def old_text(self) -> Any:
        data = self.read(self.number("B"))
        return data if self.encoding == "bytes" else data.decode(self.encoding)

    def protocol(self) -> None:
        version = self.number("B")
        if version != 2:
            warnings.warn(
                f"Detected pickle protocol {version} in the checkpoint, which was not the default pickle protocol used by "
                "`torch.load` (2). The weights_only Unpickler might not support all instructions implemented by this "
                "protocol, please file an issue for adding support if you encounter this.",
                stacklevel=2,
            )

    def keep(self, form: str) -> None:
        self.memo[self.number(form)] = self.stack[-1]

    def recall(self, form: str) -> None:
        self.stack.append(self.memo[self.number(form)])


def _push(make: Callable[[WeightsUnpickler], Any]) -> Callable[[WeightsUnpickler], None]:
    return lambda u: u.stack.append(make(u))


_INSTRUCTIONS: dict[bytes, Callable[[WeightsUnpickler], Any]] = {
    b"c": WeightsUnpickler.find,
    b"R": WeightsUnpickler.call,
    b"\x81": WeightsUnpickler.new,
    b"b": WeightsUnpickler.build,
    b"Q": WeightsUnpickler.stored,
    b"(": WeightsUnpickler.mark,
    b"a": lambda u: u.extend([u.stack.pop()], "append to"),
    b"e": lambda u: u.extend(u.since_mark(), "extend"),
    b"s": lambda u: u.set_items([u.stack.pop(-2), u.stack.pop()], "SETITEM"),
    b"u": lambda u: u.set_items(u.since_mark(), "SETITEMS"),
    b"t": WeightsUnpickler.tuple_since_mark,
    b"\x85": lambda u: u.tuple_of(1),
    b"\x86": lambda u: u.tuple_of(2),
    b"\x87": lambda u: u.tuple_of(3),
    b"N": _push(lambda u: None),
    b"\x88": _push(lambda u: True),
    b"\x89": _push(lambda u: False),
    b")": _push(lambda u: ()),
    b"]": _push(lambda u: []),
    b"}": _push(lambda u: {}),
    b"\x8f": _push(lambda u: set()),
    b"J": _push(lambda u: u.number("<i")),
    b"K": _push(lambda u: u.number("B")),
    b"M": _push(lambda u: u.number("<H")),
    b"G": _push(lambda u: u.number(">d")),
    b"X": _push(WeightsUnpickler.text),
    b"U": _push(WeightsUnpickler.old_text),
    b"\x8a": _push(lambda u: decode_long(u.read(u.number("B")))),
    b"q": lambda u: u.keep("B"),
    b"r": lambda u: u.keep("<I"),
    b"h": lambda u: u.recall("B"),
    b"j": lambda u: u.recall("<I"),
    b"\x80": WeightsUnpickler.protocol,
}
CODES = {code[0]: run for code, run in _INSTRUCTIONS.items()}
