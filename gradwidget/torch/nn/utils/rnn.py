"""Sequences of different lengths: padded to one length, or packed without padding.

A packed sequence lists, for each time step, the rows of the sequences that last that long: `data` (all rows, the rest),
`batch_sizes` (time) how many there are. Sequences stand longest first; `sorted_indices` says which came from where.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from ...ops import recurrent
from ...ops.creation import arange, as_tensor, empty, empty_like, full, tensor
from ...ops.registry import function_of
from ...tensor import Tensor, from_array

__all__ = [
    "PackedSequence",
    "invert_permutation",
    "pack_padded_sequence",
    "pack_sequence",
    "pad_packed_sequence",
    "pad_sequence",
    "unpack_sequence",
    "unpad_sequence",
]


class _Fields(NamedTuple):
    data: Any
    batch_sizes: Any
    sorted_indices: Any
    unsorted_indices: Any


def _moved(name: str) -> Any:
    def method(self: Any) -> Any:
        return self.to(getattr(_dtypes(), name))

    return method


def _dtypes() -> Any:
    from ... import dtypes

    return dtypes


class PackedSequence(_Fields):
    """Rows of sequences by time step; made by `pack_padded_sequence` and `pack_sequence`."""

    def __new__(
        cls, data: Any, batch_sizes: Any = None, sorted_indices: Any = None, unsorted_indices: Any = None
    ) -> PackedSequence:
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        if batch_sizes is None:
            if not (isinstance(data, (list, tuple)) and len(data) == 2):
                raise AssertionError("Expected data to be a list or tuple of length 2")
            data, batch_sizes = data
        elif batch_sizes.device.type != "cpu":
            raise ValueError(
                "batch_sizes should always be on CPU. "
                "Instances of PackedSequence should never be created manually. "
                "They should be instantiated by functions like pack_sequence "
                "and pack_padded_sequences in nn.utils.rnn. "
                "https://pytorch.org/docs/stable/nn.html#torch.nn.utils.rnn.pack_sequence"
            )
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """With its data in another dtype or on another device."""
        data = self.data.to(*args, **kwargs)
        if data is self.data:
            return self
        order, back = (None if t is None else t.to(data.device) for t in (self.sorted_indices, self.unsorted_indices))
        return type(self)(data, self.batch_sizes, order, back)

    def cuda(self, *args: Any, **kwargs: Any) -> PackedSequence:
        return self.to(*args, **{"device": "cuda", **kwargs} if not args else kwargs)

    def cpu(self) -> PackedSequence:
        return self.to("cpu")

    def pin_memory(self) -> PackedSequence:
        return self

    def is_pinned(self) -> bool:
        return False

    @property
    def is_cuda(self) -> bool:
        return self.data.is_cuda  # type: ignore[no-any-return]

    double, float, half = _moved("double"), _moved("float32"), _moved("half")
    long, int, short, char, byte = _moved("long"), _moved("int32"), _moved("short"), _moved("int8"), _moved("uint8")


def invert_permutation(permutation: Any) -> Any:
    """Where each number stands in a permutation."""
    if permutation is None:
        return None
    return empty_like(permutation).scatter_(0, permutation, arange(permutation.numel(), device=permutation.device))  # type: ignore[attr-defined]


def pack_padded_sequence(
    input: Any, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Drop the padding. input: (time, batch, *), or (batch, time, *) with `batch_first`; lengths: (batch).

    Raises RuntimeError for lengths that do not fit, or (`enforce_sorted`) do not fall.
    """
    lengths = as_tensor(lengths, dtype=_dtypes().long)
    order = None
    if not enforce_sorted:
        lengths, order = lengths.sort(descending=True)
        input = input.index_select(0 if batch_first else 1, order)
    if batch_first:
        input = input.transpose(0, 1)
    if lengths.dim() != 1:
        raise RuntimeError("Expected `lengths` to be a 1D tensor")
    sizes: np.ndarray = lengths._a
    if input.numel() == 0:
        raise RuntimeError("Cannot pack empty tensors.")
    if len(sizes) != input.size(1):
        raise RuntimeError(
            f"Expected `len(lengths)` to be equal to batch_size, but got {len(sizes)} (batch_size={input.size(1)})"
        )
    if (sizes <= 0).any():
        raise RuntimeError(
            "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0"
        )
    if (np.diff(sizes) > 0).any():
        raise RuntimeError(
            "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass `enforce_sorted=False` to "
            "pack_padded_sequence and/or pack_sequence to sidestep this requirement if you do not need ONNX exportability."
        )
    if sizes[0] > input.size(0):
        raise RuntimeError(f"start (0) + length ({sizes[0]}) exceeds dimension size ({input.size(0)}).")
    many = (sizes[None, :] > np.arange(sizes[0])[:, None]).sum(1)
    rows = function_of(recurrent.pack_padded_sequence)(input, lengths)
    return PackedSequence(rows, from_array(many), order, None)


def _runs(padded: Any, many: np.ndarray) -> Iterator[Any]:
    """The parts of (time, batch, *) in which the same number of sequences lasts."""
    begins = [0, *(np.flatnonzero(np.diff(many)) + 1).tolist(), len(many)]
    for begin, end in pairwise(begins):
        yield padded[begin:end, : int(many[begin])]


def pad_packed_sequence(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
) -> tuple[Any, Any]:
    """The padded tensor (time, batch, *) and the lengths of a packed sequence."""
    many: np.ndarray = sequence.batch_sizes._a
    longest = len(many)
    if total_length is not None:
        if total_length < longest:
            raise ValueError(
                "Expected total_length to be at least the length of the longest sequence in input, "
                f"but got total_length={total_length} and max sequence length being {longest}"
            )
        longest = total_length
    batch = int(many[0])
    data = sequence.data
    padded: Any = full((longest, batch, *data.shape[1:]), padding_value, dtype=data.dtype, device=data.device)
    begun = 0
    for part in _runs(padded, many):
        count = part.shape[0] * part.shape[1]
        part.copy_(data[begun : begun + count].view(part.shape))
        begun += count
    lengths = from_array((many[:, None] > np.arange(batch)[None, :]).sum(0))
    if batch_first:
        padded = padded.transpose(0, 1)
    back = sequence.unsorted_indices
    if back is not None:
        return padded.index_select(0 if batch_first else 1, back), lengths[back]  # type: ignore[index]
    return padded, lengths


def pad_sequence(
    sequences: Any, batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right"
) -> Tensor:
    """Tensors (length, *) of different lengths as one (longest, batch, *), filled up with `padding_value`."""
    if isinstance(sequences, Tensor):
        sequences = sequences.unbind(0)
    elif not isinstance(sequences, (list, tuple)) and not hasattr(sequences, "__iter__"):
        raise RuntimeError(
            f"pad_sequence: Expected iterable for input sequences, but got arg of type: {type(sequences)}"
        )
    sequences = tuple(sequences)
    if not sequences:
        raise RuntimeError("received an empty list of sequences")
    if padding_side not in ("left", "right"):
        raise RuntimeError(f"Expected padding_side to be one of left or right, but got {padding_side}.")
    longest, rest = max(s.size(0) for s in sequences), sequences[0].shape[1:]
    shape = (len(sequences), longest) if batch_first else (longest, len(sequences))
    out: Any = empty((*shape, *rest), dtype=sequences[0].dtype, device=sequences[0].device)
    out.fill_(padding_value)
    for k, s in enumerate(sequences):
        rows = slice(0, s.size(0)) if padding_side == "right" else slice(longest - s.size(0), longest)
        out[(k, rows) if batch_first else (rows, k)] = s
    return out  # type: ignore[no-any-return]


def unpad_sequence(padded_sequences: Any, lengths: Any, batch_first: bool = False) -> list[Any]:
    """The sequences again, each of its own length."""
    if not batch_first:
        padded_sequences = padded_sequences.transpose(0, 1)
    return [s[arange(s.size(0)) < n] for s, n in zip(padded_sequences, lengths)]  # type: ignore[operator]


def pack_sequence(sequences: Any, enforce_sorted: bool = True) -> PackedSequence:
    """Pack tensors (length, *) of different lengths."""
    lengths = tensor([s.size(0) for s in sequences])
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Any]:
    """The sequences that were packed."""
    return unpad_sequence(*pad_packed_sequence(packed_sequences, batch_first=True), batch_first=True)
