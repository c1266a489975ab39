"""The zip files of `torch.save`: a pickle, and beside it the bytes of each storage."""

from __future__ import annotations

import io
import sys
import zipfile
import zlib
from typing import Any

import numpy as np

from . import devices, dtypes
from .pickling import Name, Pickler
from .storage import TypedStorage, UntypedStorage, root

ALIGNMENT = 64  # of a storage's bytes in the file, so that they can be mapped into memory
MAGIC = b"PK\x03\x04"
TYPE_NAMES = {d: Name("torch", f"{d.legacy}Storage") for d in dtypes.ALL}
BYTES = Name("torch.storage", "UntypedStorage")
BROKEN = (
    "PytorchStreamReader failed {}. This is an internal miniz error. If you are seeing this error, there is a high likelihood "
    "that your checkpoint file is corrupted. This can happen if the checkpoint was not saved properly, was transferred "
    "incorrectly, or the file was modified after saving."
)


class Stored:
    """The storages of one file, numbered as they are met while the pickle is written."""

    def __init__(self) -> None:
        self.arrays: list[np.ndarray] = []
        self._keys: dict[int, str] = {}
        self._dtypes: dict[int, dtypes.dtype] = {}

    def describe(self, storage: UntypedStorage) -> tuple[Any, ...]:
        """What the pickle says of a storage: ("storage", type, key, device, number of elements)."""
        whole = storage._root
        typed = isinstance(storage, TypedStorage)
        kind = dtypes.OF_NUMPY[storage._element] if isinstance(storage, TypedStorage) else dtypes.uint8
        if typed and self._dtypes.setdefault(id(whole), kind) is not kind:
            raise RuntimeError("Cannot save multiple tensors or storages that view the same data as different types")
        key = self._keys.get(id(whole))
        if key is None:
            key = self._keys[id(whole)] = str(len(self.arrays))
            self.arrays.append(whole)
        where = devices.of_array(whole)
        location = "cpu" if where.type == "cpu" else f"{where.type}:{where.index or 0}"
        return "storage", TYPE_NAMES[kind] if typed else BYTES, key, location, whole.nbytes // kind.itemsize


def flat_bytes(a: np.ndarray) -> Any:
    """The bytes of a whole storage, without a copy where they lie in one piece."""
    if a.flags.c_contiguous:
        return memoryview(a.reshape(-1).view(np.ndarray).view(np.uint8))
    return memoryview(a.T.reshape(-1).view(np.ndarray).view(np.uint8)) if a.flags.f_contiguous else a.tobytes("A")


def write(obj: Any, file: Any, name: str, protocol: int) -> None:
    """Write `obj` as PyTorch writes it. name: of the folder that everything in the file is in."""
    stored, text = Stored(), io.BytesIO()
    Pickler(text, protocol, stored.describe).dump(obj)
    check = zlib.crc32(text.getvalue())
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:

        def put(path: str, content: Any) -> None:
            entry = zipfile.ZipInfo(f"{name}/{path}")
            here = archive.start_dir + 30 + len(entry.filename.encode())
            size = memoryview(content).nbytes
            large = size >= zipfile.ZIP64_LIMIT
            gap = -(here + 4 + 20 * large) % ALIGNMENT
            entry.extra = b"FB" + gap.to_bytes(2, "little") + b"Z" * gap
            entry.file_size = size
            with archive.open(entry, "w", force_zip64=large) as out:
                out.write(content)

        put("data.pkl", text.getvalue())
        put(".format_version", b"1")
        put(".storage_alignment", str(ALIGNMENT).encode())
        put("byteorder", sys.byteorder.encode())
        for key, array in enumerate(stored.arrays):
            check = zlib.crc32(flat_bytes(array), check)
            put(f"data/{key}", flat_bytes(array))
        put("version", b"3\n")
        put(".data/serialization_id", f"{check:040d}".encode())


class Reader:
    """A file of PyTorch's. Raises RuntimeError if it is broken."""

    def __init__(self, file: Any) -> None:
        try:
            self._zip = zipfile.ZipFile(file)
        except zipfile.BadZipFile:
            raise RuntimeError(BROKEN.format("reading zip archive: failed finding central directory")) from None
        names = self._zip.namelist()
        self.folder = names[0].split("/", 1)[0] if names else "archive"
        self._names = set(names)
        order = self.read("byteorder").decode() if self.has("byteorder") else "little"
        if order not in ("little", "big"):
            raise ValueError("Unknown endianness type: " + order)
        self._swapped = order != sys.byteorder

    def has(self, path: str) -> bool:
        return f"{self.folder}/{path}" in self._names

    def read(self, path: str) -> bytes:
        if not self.has(path):
            raise RuntimeError(f"PytorchStreamReader failed locating file {path}: file not found")
        try:
            return self._zip.read(f"{self.folder}/{path}")
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise RuntimeError(BROKEN.format(f"reading file {path}: {error}")) from None

    def storage(self, key: str, dtype: dtypes.dtype, numel: int) -> np.ndarray:
        """The elements of a storage: fresh memory."""
        content = self.read(f"data/{key}")
        if type(numel) is not int or numel < 0 or len(content) < numel * dtype.itemsize:
            raise RuntimeError(
                f"storage {key} should have {numel} elements of {dtype}, but the file has {len(content)} bytes of it"
            )
        flat = np.frombuffer(bytearray(content), dtype.np, numel)
        return root(flat.byteswap() if self._swapped else np.array(flat))
