"""Numbers of classes and of rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...tensor import Tensor, from_array


def one_hot(tensor: Any, num_classes: int = -1) -> Tensor:
    """Class numbers as rows with a single 1."""
    a = tensor._a
    if a.dtype != np.int64:
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    if a.size and a.min() < 0:
        raise RuntimeError("Class values must be non-negative.")
    count = num_classes if num_classes != -1 else int(a.max()) + 1
    if a.size and a.max() >= count:
        raise RuntimeError("Class values must be smaller than num_classes.")
    return from_array((a[..., None] == np.arange(count)).astype(np.int64))


def embedding(input: Any, weight: Any) -> Tensor:
    """Rows of a table by their numbers."""
    return weight[input]  # type: ignore[no-any-return]
