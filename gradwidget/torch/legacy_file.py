"""The files of `torch.save` before it wrote zip archives: five pickles in a row, then the storages one after the other."""

from __future__ import annotations

import pickle
import struct
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from . import dtypes
from .archive import Stored, flat_bytes
from .pickling import Pickler
from .storage import TypedStorage
from .unpickling import StorageType

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001
LONGEST = 1 << 40  # elements: a file that says more is broken, or means no good


def write(obj: Any, file: Any, protocol: int) -> None:
    """Write `obj` in the old format."""
    sizes = {"short": 2, "int": 4, "long": 4}
    about = {"protocol_version": PROTOCOL, "little_endian": sys.byteorder == "little", "type_sizes": sizes}
    for head in (MAGIC, PROTOCOL, about):
        pickle.dump(head, file, protocol)
    stored = Stored()
    item: dict[str, int] = {}

    def describe(storage: Any) -> Any:
        what, kind, key, location, numel = stored.describe(storage)
        item[key] = storage._element.itemsize if isinstance(storage, TypedStorage) else 1
        return what, kind, key, location, numel, None

    Pickler(file, protocol, describe).dump(obj)
    pickle.dump([str(key) for key in range(len(stored.arrays))], file, protocol)
    for key, array in enumerate(stored.arrays):
        content = flat_bytes(array)
        file.write(struct.pack("<q", memoryview(content).nbytes // item[str(key)]))
        file.write(content)


def read(file: Any, unpickle: Callable[..., Any], place: Callable[[np.ndarray, str], np.ndarray]) -> Any:
    """What was written so. unpickle(file, persistent_load): reads one pickle; place: moves a storage to its device.

    The objects come before the bytes of their storages, so memory is filled that tensors refer to already.
    """

    def none(pid: Any) -> Any:
        raise pickle.UnpicklingError("unsupported persistent id encountered")

    if unpickle(file, none) != MAGIC:
        raise RuntimeError("Invalid magic number; corrupt file?")
    version = unpickle(file, none)
    if version != PROTOCOL:
        raise RuntimeError(f"Invalid protocol version: {version}")
    about = unpickle(file, none)
    swapped = not about.get("little_endian", True) if isinstance(about, dict) else False
    raw: dict[str, np.ndarray] = {}
    kinds: dict[str, dtypes.dtype] = {}
    placed: dict[str, np.ndarray] = {}
    limit = _left(file)

    def stored(pid: Any) -> Any:
        _, kind, key, location, numel, view = pid
        dtype = kind.dtype if isinstance(kind, StorageType) else dtypes.uint8
        if view is not None:
            raise RuntimeError("views of storages in files of PyTorch 0.1 are not read here; real PyTorch reads them")
        if key not in raw:
            if type(numel) is not int or not 0 <= numel * dtype.itemsize <= limit:
                raise RuntimeError(f"a storage of {numel} elements is more than the file holds")
            raw[key], kinds[key] = np.empty(numel, dtype.np), dtype
            placed[key] = place(raw[key], location)
        return TypedStorage(placed[key])

    answer = unpickle(file, stored)
    for key in unpickle(file, none):
        if key not in raw:
            raise RuntimeError(f"the file has a storage {key!r} that nothing in it uses")
        [numel] = struct.unpack("<q", file.read(8))
        array = raw[key]
        content = file.read(array.nbytes)
        if numel != array.size or len(content) != array.nbytes:
            raise RuntimeError(
                f"unexpected EOF, expected {array.nbytes - len(content)} more bytes. The file might be corrupted."
            )
        array[:] = np.frombuffer(content, array.dtype)
        if swapped:
            array.byteswap(inplace=True)
        if placed[key] is not array:
            placed[key][...] = array
    return answer


def _left(file: Any) -> int:
    at = file.tell()
    end = file.seek(0, 2)
    file.seek(at)
    return end - at if isinstance(end, int) else LONGEST
