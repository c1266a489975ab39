"""Writes: the in-place form of every op, and what a write does to history.

NOTE [An in-place write]  The op runs on a stand-in that shares the tensor's place in the graph but not its memory, so
that a write that fails has changed nothing; then the result is copied over, the version counter ticks, and history is
rebased: a tensor that is not a view takes the new node; a view hands it, wrapped in CopySlices, to its base, and every
view of that base makes its own history anew when it is next asked for one.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import autocasting, dtypes, errors, geometry, hot, watch
from ..dispatch import number_array, promoted
from ..grad_mode import is_inference_mode_enabled, is_recording
from ..graph import LEAF, STALE, Node
from ..storage import UNCOUNTED, pointer, root
from ..tensor import Tensor, new
from . import copyslices, view_history
from .view_history import mark_stale, refusal

forward: Callable[..., Tensor] | None = None  # forward mode, where a level is open (autograd.forward_ad)
before_write: Callable[[Tensor], None] | None = None  # whoever must see a tensor before it is written


def check(t: Tensor, requires_grad: bool) -> None:
    """Refuse a write that autograd could not follow, or that would hit one element twice."""
    if requires_grad and is_recording():
        base = t._base
        if base is not None:
            if t._creation is not None and t._creation != "replays":
                raise refusal(t, False)
            if t.requires_grad and base.is_leaf:
                raise RuntimeError(errors.LEAF_VIEW_IN_PLACE)
        if t._node is LEAF:
            raise RuntimeError(errors.LEAF_IN_PLACE)


def check_inference(t: Tensor) -> None:
    if t._v is UNCOUNTED and not is_inference_mode_enabled():
        raise RuntimeError(
            "Inplace update to inference tensor outside InferenceMode is not allowed.You can make a clone to get a normal tensor before "
            "doing inplace update.See https://github.com/pytorch/rfcs/pull/17 for more details."
        )


def check_overlap(t: Tensor) -> None:
    a = t._a
    if 0 in a.strides and a.size and geometry.overlaps(a.shape, a.strides):
        raise RuntimeError(errors.OVERLAP)


def warn_of_overlap(t: Tensor, name: str, form: str) -> None:
    a = t._a
    if 0 in a.strides and a.size and geometry.overlaps(a.shape, a.strides):
        warnings.warn(
            f"Use of {name} on expanded tensors is deprecated. Please clone() the tensor before performing this operation. This also applies "
            f"to advanced indexing e.g. {form}",
            stacklevel=3,
        )


def _dense(a: np.ndarray) -> bool:
    """Whether the elements fill their stretch of memory without gaps and without sharing, in whatever order."""
    return a.flags.forc or geometry.is_dense(a.shape, a.strides, a.itemsize)


def check_partial_overlap(t: Tensor, other: Tensor, wholly: bool = False) -> None:
    """Refuse to read from what is being written, unless it is the very same elements, and these too if `wholly`.

    Tensors with gaps are let through, as in PyTorch.
    """
    a, b = t._a, other._a
    if root(a) is not root(b) or not a.size or not b.size or not (_dense(a) and _dense(b)):
        return
    start, other_start = pointer(a), pointer(b)
    if (start, a.nbytes) == (other_start, b.nbytes):
        apart = a.strides == b.strides and a.shape == b.shape and not wholly
    else:
        apart = start + a.nbytes <= other_start or other_start + b.nbytes <= start
    if not apart:
        raise RuntimeError(errors.PARTIAL_OVERLAP)


def check_cast(result: Any, into: np.dtype[Any]) -> None:
    """A result may lose precision on its way into the tensor, but not its kind."""
    _check_kinds(dtypes.OF_NUMPY[result.dtype], dtypes.OF_NUMPY[into])


def check_promoted(t: Tensor, other: Any) -> None:
    """The same of the dtype that `t` and the other operand would be promoted to."""
    if isinstance(other, (Tensor, bool, int, float, complex, np.generic)):
        _check_kinds(promoted(t, other), dtypes.OF_NUMPY[t._a.dtype])


def _check_kinds(have: dtypes.dtype, want: dtypes.dtype) -> None:
    if have.kind > want.kind and (have.kind >= 2 or want.kind == 0):
        raise RuntimeError(f"result type {have.legacy} can't be cast to the desired output type {want.legacy}")


def stand_in(t: Tensor, copy: bool) -> Tensor:
    """`t` as an op's input: its place in the graph, and its values, which the write will not touch if `copy`."""
    s = new(Tensor)
    s._a = t._a.copy("K") if copy else t._a
    s._v = None
    s._node = t._edge() if is_recording() else None  # a forbidden history is not looked at where nothing is recorded
    return s


def method(op: Any, overlap: bool | None = None) -> Callable[..., Tensor]:
    """The in-place form of a record. overlap: whether it may write one element twice, where the record does not say."""
    from .generate import formula_names
    from .registry import function_of, link_of

    own = [
        n for n, f in op.formulas.items() if "self" in formula_names(f)
    ]  # whose gradients need what was there before
    saves_self, saves_for_others = "self" in own, any(n != "self" for n in own)
    name = op.told + "_"

    straight = _straight(op)
    everywhere = bool(op.overlap if overlap is None else overlap)
    warns = overlap is None and isinstance(op.overlap, str)

    def in_place(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        if forward is not None:
            return follow(self, args, kwargs)
        if hot.AUTOCAST is not None and autocasting.state.enabled:
            with autocasting.off():  # a write computes in the tensor's dtype
                return in_place(self, *args, **kwargs)
        a = self._a
        others = near = False
        for x in args:
            if isinstance(x, Tensor):
                if x._node is not None:
                    others = True
                if x is not self and (a.base is not None or x._a.base is not None):
                    near = True  # maybe on the same memory
        recording = (others or self._node is not None) and is_recording()
        if recording:
            check(self, True)
        if 0 in a.strides:
            if not everywhere:
                check_overlap(self)
            elif warns:
                warn_of_overlap(self, name, op.overlap)
        if near and not everywhere:
            for x in args:
                if isinstance(x, Tensor) and x is not self:
                    check_partial_overlap(self, x)
        if before_write is not None:
            before_write(self)
        listener = watch.listener
        if listener is not None:
            listener.will_write(name, self)
        elif straight is not None and not kwargs:
            if not recording:
                if straight(a, *args):
                    count(self)
                    return self
            elif hot.MADE is None and a.dtype.kind == "f":
                before = stand_in(self, True) if saves_self or (saves_for_others and others) else self
                node = link_of(op)(before, *args)
                if straight(a, *args):
                    write(self, None, node, name, args, kwargs)
                    return self
        heard, hot.WATCH = hot.WATCH, None
        made, hot.MADE = hot.MADE, None  # what the node saved of its result is settled by the write
        try:
            result = function_of(op)(stand_in(self, recording and (saves_self or saves_for_others)), *args, **kwargs)
        except NotImplementedError:
            if len(args) == 1:
                check_promoted(self, args[0])  # comes before a dtype that the op does not take
            raise
        finally:
            hot.WATCH, hot.MADE = heard, made
        if result._a.dtype != a.dtype:
            check_cast(result._a, a.dtype)
        if result._a.shape != a.shape:
            raise RuntimeError(
                f"output with shape {list(a.shape)} doesn't match the broadcast shape {list(result._a.shape)}"
            )
        write(self, result._a, result._node, name, args, kwargs)
        return self

    def follow(self: Tensor, args: Any, kwargs: Any) -> Tensor:
        global forward
        mode, forward = forward, None
        try:
            return mode(in_place, op, self, args, kwargs)  # type: ignore[misc, no-any-return]
        finally:
            forward = mode

    in_place.__name__ = in_place.__qualname__ = name
    in_place.__doc__ = f"`{op.name}`, written into this tensor."
    return in_place


def _straight(op: Any) -> Callable[..., bool] | None:
    """How to write the result straight into an array, where that can be done: a function of the array and the other
    arguments that answers whether it did. (A failing write must change nothing.)"""
    if op.straight is not None:
        return op.straight  # type: ignore[no-any-return]
    ufunc = op.kernel if isinstance(op.kernel, np.ufunc) else getattr(op.kernel, "ufunc", None)
    if ufunc is None or op.promote not in ("common", "float") or op.name.startswith("bitwise_"):
        return None
    kernel = op.kernel
    if ufunc.nin == 1:

        def unary(a: np.ndarray) -> bool:
            if a.dtype.kind != "f":
                return False
            kernel(a, a)
            return True

        return unary

    def binary(a: np.ndarray, x: Any) -> bool:
        if a.dtype.kind != "f":
            return False
        if isinstance(x, Tensor):
            y = x._a
            if y.dtype != a.dtype or type(y) is not type(a):
                return False
        elif type(x) is float or type(x) is int:
            y = number_array(a.dtype, x)
        else:
            return False
        try:
            kernel(a, y, a)
        except (ValueError, OverflowError):
            return False
        return True

    return binary


def count(t: Tensor) -> None:
    """After a write without history: the version ticks."""
    counter = t._v
    if counter is None:
        counter = t._version_counter()
    if counter is UNCOUNTED:
        check_inference(t)
        return
    counter.version += 1
    if counter.views:
        mark_stale(counter)


def write(t: Tensor, values: Any, node: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Put `values` into `t`'s memory and `node` (or None: history stays) into its history."""
    if values is not None:
        np.copyto(t._a, values, casting="unsafe")
    counter = t._version_counter()
    if counter is UNCOUNTED:
        check_inference(t)  # told when the write is counted, thus after it
        if watch.listener is not None:
            watch.listener.wrote(name, t, args, kwargs, 0, 0)
        return
    before = counter.version
    counter.version = before + 1
    if node is not None:
        for slot in node.saved_outputs:
            if getattr(node, slot) is not None:
                setattr(node, slot, t._a)
                setattr(node, "c_" + slot, counter)
                setattr(node, "v_" + slot, before + 1)
        rebase(t, node)
        if hot.MADE is not None:
            hot.MADE(node)
    if counter.views:
        mark_stale(counter)
    if node is not None and (t._base is not None or t.retains_grad):
        settle(t)
    if watch.listener is not None:
        watch.listener.wrote(name, t, args, kwargs, before, before + 1)
        if node is not None:
            watch.listener.rewired(
                t._base if t._base is not None else t, "in-place" if t._base is None else "in-place on view"
            )
            if t._base is not None:
                watch.listener.rewired(t, "in-place on view")


def rebase(t: Tensor, node: Node) -> None:
    """Make `node` the history of what `t` now holds."""
    base = t._base
    if base is None:
        t._node = node
    else:
        if base._node is STALE:
            base._edge()
        base._node = copyslices.CopySlices(base, t, node)
        t._node = STALE


def settle(t: Tensor) -> None:
    """After `rebase`: a view that was written has its history at once, and what retains its grad does so at its new node."""
    base = t._base
    if base is not None and not t._passing:
        view_history.written(t, base._node)
    for kept in (t, base):
        if kept is not None and kept.retains_grad:
            kept._retain_at_node()


# whose results go only into tensors of their own dtype
_OWN_DTYPE = frozenset(
    [
        "_aminmax",
        "addbmm",
        "addmm",
        "addmv",
        "amax",
        "amin",
        "argmax",
        "argmin",
        "baddbmm",
        "bmm",
        "gather",
        "kthvalue",
        "log_softmax",
        "matmul",
        "max",
        "max_dim",
        "min",
        "min_dim",
        "mm",
        "mode",
        "sort",
        "softmax",
        "topk",
        "tril",
        "triu",
    ]
)
_SPOKEN = {
    "float32": "float", "float64": "double", "int64": "long int", "int32": "int", "int16": "short int", "int8": "signed char",
    "uint8": "unsigned char", "float16": "c10::Half", "bfloat16": "c10::BFloat16", "complex64": "c10::complex<float>", "complex128": "c10::complex<double>",
}  # fmt: skip


_APART = frozenset(
    ["gather", "index_select", "kthvalue", "masked_select", "take"]
)  # whose results may not even go into an input itself


def _check_apart(function: Any, out: Any, args: tuple[Any, ...]) -> None:
    """Refuse to put a result where an operand lies that may still be read."""
    op = getattr(function, "op", None)
    if op is not None and (op.promote or op.name in _APART) and isinstance(out, Tensor):
        wholly = op.name in _APART
        for i, x in enumerate(args):
            entirely = wholly and (not i or op.name == "masked_select")
            if isinstance(x, Tensor) and (x is not out or entirely):
                check_partial_overlap(out, x, entirely)


def _answering(name: str, result: Tensor) -> Any:
    """A function of this name that has already been called."""

    def function() -> Tensor:
        return result

    function.__name__ = name
    return function


def into(function: Any, out: Any, *args: Any, **kwargs: Any) -> Tensor:
    """`out=`: the op's result put into a given tensor, which is resized where it must be."""
    if hot.AUTOCAST is not None and autocasting.state.enabled:
        with autocasting.off():  # nor are those cast whose result has its place
            return into(function, out, *args, **kwargs)
    if isinstance(out, (tuple, list)):
        for o in out:
            _check_apart(function, o, args)
        results = function(*args, **kwargs)
        name = getattr(function, "__name__", "")
        filled = [into(_answering(name, r), o) for r, o in zip(results, out)]
        if hasattr(results, "_fields"):
            from .reduce import _returns

            return _returns(type(results).__name__ + "_out", *results._fields)(*filled)  # type: ignore[no-any-return]
        return type(results)(filled)  # type: ignore[return-value]
    if not isinstance(out, Tensor):
        raise TypeError(
            f"{getattr(function, '__name__', 'op')}(): argument 'out' must be Tensor, not {type(out).__name__}"
        )
    operands = [x for x in (*args, out) if isinstance(x, Tensor)]
    if is_recording() and any(x._node is not None for x in operands):
        raise RuntimeError(
            f"{getattr(function, '__name__', 'op')}(): functions with out=... arguments don't support automatic differentiation, "
            "but one of the arguments requires grad."
        )
    check_overlap(out)
    _check_apart(function, out, args)
    result = function(*args, **kwargs)
    if (
        result._a.dtype.kind == "c"
        and out._a.dtype != result._a.dtype
        and getattr(function, "__name__", "") in ("complex", "polar")
    ):
        raise RuntimeError(
            f"Expected object of scalar type {result.dtype.legacy} but got scalar type {out.dtype.legacy} for argument 'out'"
        )
    if getattr(function, "__name__", "") in _OWN_DTYPE and result._a.dtype != out._a.dtype:
        if function.__name__ in ("amax", "amin"):
            raise RuntimeError(
                f"Expected the dtype for input and out to match, but got {result.dtype.legacy} for input's dtype and "
                f"{out.dtype.legacy} for out's dtype."
            )
        said = [_SPOKEN.get(x._a.dtype.name, x._a.dtype.name) for x in (result, out)]
        raise RuntimeError(f"Expected out tensor to have dtype {said[0]}, but got {said[1]} instead")
    check_cast(result._a, out._a.dtype)
    if out._a.shape != result._a.shape:
        if out._a.size:
            warnings.warn(
                f"An output with one or more elements was resized since it had shape {list(out._a.shape)}, which does not match the "
                f"required output shape {list(result._a.shape)}. This behavior is deprecated, and in a future PyTorch release outputs "
                "will not be resized unless they have zero elements. You can explicitly reuse an out tensor t by resizing it, "
                "inplace, to zero elements with t.resize_(0).",
                stacklevel=3,
            )
        out._a = np.empty(result._a.shape, out._a.dtype)
    write(out, result._a, None, getattr(function, "__name__", "out"), args, kwargs)
    return out
