"""The quick way of tensors that are made of no other: `torch.tensor([1.0])`, `torch.zeros(3)`, `torch.rand(2, 2)`."""

from __future__ import annotations

from collections.abc import Callable
from threading import get_ident
from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np

from . import probe, values
from .notes import CELLS, MADE, PLAIN, WHOLE, inspector

if TYPE_CHECKING:
    from .from_core import Core

SEQUENCES = frozenset([list, tuple])


def quick_made(core: Core) -> Callable[[str, Any, tuple[Any, ...]], bool]:
    """What hears of such a tensor; the answer is whether it was one, and noted."""
    to = core.to
    append = to.log.append
    inspect = inspector(core)
    Tensor, _ = core.tensor_types
    ndarray = np.ndarray
    switches = core.switches

    def made(name: str, out: Any, args: tuple[Any, ...]) -> bool:
        """Called by `quick_op` as it was called by the op."""
        for y in args:
            kind = type(y)
            if kind not in PLAIN and kind not in SEQUENCES:
                return False  # an array, say, whose memory it may share
        told = inspect(args)
        if told is None:
            if next(probe.tensors_in(args), None) is not None or any(type(y) is ndarray for y in _deep(args)):
                return False
            plain: Any = core.written_out(name, args, {})
        elif told[0]:
            return False
        else:
            plain = told[1]
        a = out._a
        root = a if a.base is None else a.base
        if type(out) is not Tensor or type(a) is not ndarray or type(root) is not ndarray or root.base is not None:
            return False
        if root.size != a.size or root.dtype is not a.dtype or out.grad_fn is not None:
            return False
        scope = to.scope if get_ident() == to.thread else to.turn()
        source = core.here()
        size = a.size
        if size <= WHOLE:
            data: Any = a.tobytes()
            if size > CELLS:
                to.held += a.nbytes
        else:
            data = values.sample(a)
        tag = to.new_tensor()
        append(
            (MADE, name, tag, ref(out, append), a.shape, a.strides, a.dtype, data, out.requires_grad, plain,
             switches.GRAD or core.mode(), scope, source, ref(root, append), id(root))
        )  # fmt: skip
        out._tag = tag
        if to.tick is not None:
            core.tick()
        return True

    return made


def _deep(items: Any) -> Any:
    for item in items:
        if type(item) in SEQUENCES:
            yield from _deep(item)
        else:
            yield item
