"""`torch.save` and `torch.load`: files that PyTorch reads, and the reading of its files.

`load` executes nothing that a file says unless it is told to (`weights_only=False`): see `unpickling`.
"""

from __future__ import annotations

import io
import os
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pickle import UnpicklingError
from typing import Any

import numpy as np

from . import archive, devices, dtypes, legacy_file, unpickling
from .pickling import Unpickler
from .storage import TypedStorage, UntypedStorage
from .unpickling import StorageType, WeightsUnpickler

__all__ = [
    "add_safe_globals",
    "clear_safe_globals",
    "get_safe_globals",
    "get_unsafe_globals_in_checkpoint",
    "load",
    "register_package",
    "safe_globals",
    "save",
]

DEFAULT_PROTOCOL = 2
UNSAFE = (
    "In PyTorch 2.6, we changed the default value of the `weights_only` argument in `torch.load` from `False` to `True`. "
    "Re-running `torch.load` with `weights_only` set to `False` will likely succeed, but it can result in arbitrary code "
    "execution. Do it only if you got the file from a trusted source."
)
DOCS = (
    "\n\nCheck the documentation of torch.load to learn more about types accepted by default with weights_only "
    "https://pytorch.org/docs/stable/generated/torch.load.html."
)
NO_CUDA = (
    "Attempting to deserialize object on a CUDA device but torch.cuda.is_available() is False. If you are running on a CPU-only "
    "machine, please use torch.load with map_location=torch.device('cpu') to map your storages to the CPU."
)


# ---- what a program vouches for


def add_safe_globals(safe_globals: list[Any]) -> None:
    """Classes and functions that files may name from now on, also where only weights are loaded.

    >>> torch.serialization.add_safe_globals([MyConfig])
    """
    unpickling._allowed.extend(safe_globals)


def get_safe_globals() -> list[Any]:
    """What was allowed so."""
    return list(unpickling._allowed)


def clear_safe_globals() -> None:
    """Allow no more than at first."""
    unpickling._allowed.clear()


@contextmanager
def _safe_globals(allowed: list[Any]) -> Iterator[None]:
    before = list(unpickling._allowed)
    add_safe_globals(allowed)
    try:
        yield
    finally:
        unpickling._allowed[:] = before


safe_globals = _safe_globals
safe_globals.__doc__ = "A context in which files may name these classes and functions."


# ---- saving


def save(
    obj: Any,
    f: Any,
    pickle_module: Any = pickle,
    pickle_protocol: int = DEFAULT_PROTOCOL,
    _use_new_zipfile_serialization: bool = True,
    _disable_byteorder_record: bool = False,
) -> None:
    """Write anything that can be pickled to a path or an open file. Tensors that share memory share it when loaded.

    >>> torch.save(net.state_dict(), "weights.pt")
    """
    path = os.fspath(f) if isinstance(f, (str, os.PathLike)) else None
    if path is None and not hasattr(f, "write"):
        raise AttributeError("expected 'f' to be string, path, or a file-like object with a 'write' attribute")
    name = "archive" if path is None else os.path.splitext(os.path.basename(path))[0] or "archive"
    made = io.BytesIO()  # nothing is written where something cannot be pickled
    if _use_new_zipfile_serialization:
        archive.write(obj, made, name, pickle_protocol)
    else:
        legacy_file.write(obj, made, pickle_protocol)
    if path is None:
        f.write(made.getbuffer())
        return
    if not os.path.isdir(os.path.dirname(path) or "."):
        raise RuntimeError(f"Parent directory {os.path.dirname(path)} does not exist.")
    with open(path, "wb") as out:
        out.write(made.getbuffer())


# ---- loading


def load(
    f: Any,
    map_location: Any = None,
    pickle_module: Any = None,
    *,
    weights_only: bool | None = None,
    mmap: bool | None = None,
    **pickle_load_args: Any,
) -> Any:
    """Read what `save`, here or in PyTorch, wrote.

    map_location: where storages go: a device, a dictionary from device to device, or a function of (storage, device).
    weights_only: False lets the file execute whatever it says; do that only with files that you trust. Raises
    UnpicklingError for what is not allowed, RuntimeError for broken files.

    >>> net.load_state_dict(torch.load("weights.pt"))
    """
    path = isinstance(f, (str, os.PathLike))
    if mmap and not path:
        raise ValueError("f must be a file path in order to use the mmap argument")
    if weights_only is None:
        weights_only = pickle_module is None
    elif weights_only and pickle_module is not None:
        raise RuntimeError(
            "Can not safely load weights when explicit pickle_module is specified" if weights_only else ""
        )
    encoding = pickle_load_args.pop("encoding", "utf-8")
    if path:
        with open(f, "rb") as file:
            return _load(file, map_location, weights_only, encoding, pickle_load_args)
    for needed in ("seek", "tell"):
        if not hasattr(f, needed):
            raise AttributeError(
                f"'{type(f).__name__}' object has no attribute '{needed}'. You can only torch.load from a file that is "
                "seekable. Please pre-load the data into a buffer like io.BytesIO and try to load from it instead."
            )
    return _load(f, map_location, weights_only, encoding, pickle_load_args)


def _load(file: Any, map_location: Any, weights_only: bool, encoding: str, options: dict[str, Any]) -> Any:
    place = _placer(map_location)

    def unpickle(source: Any, stored: Callable[[Any], Any]) -> Any:
        if not weights_only:
            return Unpickler(source, stored, encoding=encoding, **options).load()
        try:
            return WeightsUnpickler(source, stored, encoding).load()
        except UnpicklingError as error:
            raise UnpicklingError(_explained(str(error))) from None
        except (IndexError, KeyError, UnicodeDecodeError) as error:
            raise UnpicklingError(_explained(f"{type(error).__name__}: {error}")) from None

    begin = file.tell()
    head = file.read(len(archive.MAGIC))
    file.seek(begin)
    if head != archive.MAGIC:
        return legacy_file.read(file, unpickle, place)
    whole = archive.Reader(file if begin == 0 else io.BytesIO(file.read()))
    if whole.has("constants.pkl"):
        raise RuntimeError("this file holds a TorchScript program; real PyTorch loads those, with torch.jit.load")
    loaded: dict[str, np.ndarray] = {}

    def stored(pid: Any) -> Any:
        if not isinstance(pid, tuple):
            raise AssertionError(f"saved_id must be a tuple, got {type(pid).__name__}")
        if len(pid) != 5:
            raise UnpicklingError(f"a storage is named by five things, not by {pid!r}")
        _, kind, key, location, numel = pid
        dtype = kind.dtype if isinstance(kind, StorageType) else dtypes.uint8
        if key not in loaded:
            loaded[key] = place(whole.storage(key, dtype, numel), location)
        return TypedStorage(loaded[key]) if isinstance(kind, StorageType) else UntypedStorage(loaded[key])

    return unpickle(io.BytesIO(whole.read("data.pkl")), stored)


def _explained(message: str) -> str:
    """What PyTorch tells those whose file names something that is not allowed."""
    if "was not an allowed global by default." in message:
        return (
            "Weights only load failed. This file can still be loaded, to do so you have two options, "
            f"\033[1mdo those steps only if you trust the source of the checkpoint\033[0m. \n\t(1) {UNSAFE}\n\t(2) "
            "Alternatively, to load with `weights_only=True` please check the recommended steps in the following error "
            f"message.\n\tWeightsUnpickler error: {message}{DOCS}"
        )
    please = (
        ""
        if "is blocked" in message
        else "Please file an issue with the following so that we can make `weights_only=True` compatible with your use case: "
        "WeightsUnpickler error: "
    )
    return f"Weights only load failed. {UNSAFE}\n{please}\n\n{message}{DOCS}"


def _placer(map_location: Any) -> Callable[[np.ndarray, str], np.ndarray]:
    """How a storage gets to its device."""

    def to(a: np.ndarray, location: str) -> np.ndarray:
        location = location.decode() if isinstance(location, bytes) else location
        if not isinstance(location, str):
            raise RuntimeError(f"a storage's device is named by a text, not by {type(location).__name__}")
        if location == "cpu":
            return a
        if location.startswith("cuda"):
            if not devices.count():
                raise RuntimeError(NO_CUDA)
            index = devices.device(location).index or 0
            if index >= devices.count():
                raise RuntimeError(
                    f"Attempting to deserialize object on CUDA device {index} but torch.cuda.device_count() is "
                    f"{devices.count()}. Please use torch.load with map_location to map your storages to an existing device."
                )
            return a.copy().view(devices.array_class(devices.device(location)))
        raise RuntimeError(
            f"don't know how to restore data location of torch.storage.UntypedStorage (tagged with {location})"
        )

    if map_location is None:
        return to
    if isinstance(map_location, dict):
        return lambda a, location: to(a, str(map_location.get(location, location)))
    if isinstance(map_location, (str, devices.device)):
        return lambda a, location: to(a, str(map_location))

    def asked(a: np.ndarray, location: str) -> np.ndarray:
        answer = map_location(UntypedStorage(a), location)
        return to(a, location) if answer is None else answer._root

    return asked


def get_unsafe_globals_in_checkpoint(f: Any) -> list[str]:
    """Which names in a file `load` would refuse."""
    names: list[str] = []

    class Noting(WeightsUnpickler):
        pass

    import pickletools

    with open(f, "rb") if isinstance(f, (str, os.PathLike)) else io.BytesIO(f.read()) as file:
        content = archive.Reader(file).read("data.pkl")
    for code, argument, _ in pickletools.genops(content):
        if code.name == "GLOBAL":
            names.append(str(argument).replace(" ", "."))
    known = {**unpickling.KNOWN, **unpickling.allowed_by_user()}
    return [name for name in dict.fromkeys(names) if name not in known]


def register_package(priority: int, tagger: Any, deserializer: Any) -> None:
    """Not here: storages live on the CPU, or on a simulated device."""
    raise NotImplementedError(
        "gradwidget.torch has no devices to register; real PyTorch has torch.serialization.register_package"
    )
