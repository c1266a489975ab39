"""Forward mode: dual tensors, which carry a tangent through every op.

NOTE [Tangents of ops]  While a level is open this module listens to the ops, in front of whoever listens besides. After an
op that had a dual tensor among its inputs it computes the tangents of the outputs: a view's is the same view of the
tangent; any other op is run once more on its own, and since its vjp is linear in the vector, the derivative of that linear
map along the tangents is what is wanted. So no op has a formula for it, and ordinary programs pay nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from .. import watch
from ..func.derivatives import _push
from ..grad_mode import enable_grad, no_grad, set_grad_enabled
from ..ops import inplace
from ..ops.registry import _TOLD, FUNCTIONS, OPS, function_of
from ..storage import root
from ..tensor import Tensor
from . import custom

__all__ = ["UnpackedDualTensor", "dual_level", "enter_dual_level", "exit_dual_level", "make_dual", "unpack_dual"]

_level = -1
_TANGENT = "_tangent"  # in the instance dictionary: (the level's mark, the tangent)
_mark: Any = None
_SHARED = frozenset(_TOLD.values())
_NEVER = frozenset(("detach", "data", "numpy", "item"))


class UnpackedDualTensor(NamedTuple):
    """A tensor and its tangent; None where it has none."""

    primal: Tensor
    tangent: Tensor | None


class dual_level:
    """A context in which tensors can have tangents; they are forgotten at its end.

    >>> with torch.autograd.forward_ad.dual_level():
    ...     y = torch.autograd.forward_ad.make_dual(x, t).exp()
    ...     torch.autograd.forward_ad.unpack_dual(y).tangent
    """

    def __enter__(self) -> int:
        return enter_dual_level()

    def __exit__(self, *error: Any) -> None:
        exit_dual_level()


def enter_dual_level() -> int:
    global _level, _mark
    if _level >= 0:
        raise RuntimeError("Nested forward mode AD is not supported at the moment")
    _level, _mark = 0, object()
    _listener.install()
    return _level


def exit_dual_level(*, level: int | None = None) -> None:
    global _level, _mark
    if _level < 0:
        raise RuntimeError("Dual level must be a positive number.")
    if level is not None and level != _level:
        raise RuntimeError(
            "Trying to exit a forward AD level that was not the last one that was created. This is not supported."
        )
    _listener.remove()
    _level, _mark = -1, None


def make_dual(tensor: Tensor, tangent: Tensor, *, level: int | None = None) -> Tensor:
    """A view of `tensor` that has this tangent. Raises ValueError for what is not floating point, RuntimeError where no level
    is open, or the shapes differ."""
    if _level < 0:
        raise RuntimeError(
            "Trying to create a dual Tensor for forward AD but no level exists, make sure to enter_dual_level() first."
        )
    for name, t in (("primal", tensor), ("tangent", tangent)):
        if t._a.dtype.kind not in "fcV":
            raise ValueError(f"Expected {name} to be floating point or complex, but got: {t.dtype}")
    if tangent_of(tensor) is not None:
        raise RuntimeError(
            "Making a dual Tensor based on a Tensor that already has a forward gradient at the same level 0 is not supported."
        )
    if tensor._a.shape != tangent._a.shape:
        raise RuntimeError(
            "Trying to set a forward gradient that has a different size than that of the original Tensor, this is not supported. Tensor is of "
            f"size {list(tensor.shape)} while the given forward gradient is of size {list(tangent.shape)}."
        )
    dual = tensor.view_as(tensor)  # type: ignore[attr-defined]
    _give(dual, tangent)
    return dual  # type: ignore[no-any-return]


def unpack_dual(tensor: Tensor, *, level: int | None = None) -> UnpackedDualTensor:
    """The tensor without its tangent, and the tangent."""
    tangent = tangent_of(tensor)
    return UnpackedDualTensor(tensor if tangent is None else _quietly(lambda: tensor.view_as(tensor)), tangent)  # type: ignore[attr-defined]


def tangent_of(t: Any) -> Tensor | None:
    """The tangent of a tensor at the level that is open."""
    kept = t.__dict__.get(_TANGENT) if isinstance(t, Tensor) else None
    return kept[1] if kept is not None and kept[0] is _mark else None


def _give(t: Tensor, tangent: Tensor | None) -> None:
    t.__dict__[_TANGENT] = (_mark, tangent)


def _quietly(action: Callable[[], Any]) -> Any:
    """Without hearing the ops inside."""
    heard = watch.listen(None)
    before, inplace.forward = inplace.forward, None
    try:
        return action()
    finally:
        watch.listen(heard)
        inplace.forward = before


# ---- what ops do to tangents


def _tensors(values: Any) -> list[Tensor]:
    out: list[Tensor] = []
    for v in values:
        if isinstance(v, Tensor):
            out.append(v)
        elif isinstance(v, (list, tuple)):
            out += _tensors(v)
    return out


def _replaced(values: Any, by: dict[int, Tensor]) -> Any:
    return type(values)(
        by.get(id(v), v) if isinstance(v, Tensor) else _replaced(v, by) if type(v) in (list, tuple) else v
        for v in values
    )


def _joined(name: str) -> Callable[..., Any]:
    from ..ops import shape

    return lambda *tensors, dim=0: getattr(shape, name)(list(tensors), dim)


def _function(name: str, count: int) -> Any:
    """The op that is told by this name with so many arguments."""
    if name in ("cat", "stack"):
        return _joined(name)
    op = OPS.get(name) if name not in _SHARED else None  # of several records that are told alike the method knows which
    if op is not None and len([p for p in op.params if p not in op.signature.partition("*, ")[2]]) == count:
        return function_of(op)
    if name in FUNCTIONS:
        return FUNCTIONS[name]
    method = getattr(Tensor, name, None)
    return method if callable(method) else function_of(op) if op is not None else None


def _tangents(run: Callable[..., Any], args: Any, kwargs: dict[str, Any]) -> list[Any]:
    """The tangents of what `run(*args, **kwargs)` answers, None for what has none."""
    given = [t for t in dict.fromkeys(_tensors((*args, *kwargs.values()))) if tangent_of(t) is not None]
    with enable_grad():
        inputs = {id(t): t.view_as(t) if t.requires_grad else t.detach().requires_grad_() for t in given}  # type: ignore[attr-defined]
        named = {k: inputs.get(id(v), v) if isinstance(v, Tensor) else v for k, v in kwargs.items()}
        outs = run(*_replaced(tuple(args), inputs), **named)
        outs = list(outs) if isinstance(outs, (tuple, list)) else [outs]
        followed = [o for o in outs if isinstance(o, Tensor) and o._a.dtype.kind in "fcV" and o.requires_grad]
        if not followed:
            return [None] * len(outs)
        found = list(_push(followed, [inputs[id(t)] for t in given], [tangent_of(t) for t in given]))
        theirs = {id(root(tangent_of(t)._a)) for t in given}  # type: ignore[union-attr]
        found = iter([t.clone() if id(root(t._a)) in theirs else t for t in found])
    out = [next(found) if any(o is f for f in followed) else None for o in outs]
    recording = any(t.requires_grad or tangent_of(t).requires_grad for t in given)  # type: ignore[union-attr]
    return [t if t is None or recording else t.detach() for t in out]


def _after(name: str, out: Any, args: Any, kwargs: dict[str, Any]) -> None:
    inputs = _tensors((*args, *kwargs.values()))
    if name in _NEVER or all(tangent_of(t) is None for t in inputs):
        return
    outs = list(out) if isinstance(out, (tuple, list)) else [out]
    source = inputs[0]
    if any(o is t for o in outs for t in inputs):  # handed through
        return
    if any(o.__dict__.get(_TANGENT, (None,))[0] is _mark for o in _tensors(outs)):  # by a custom function's own jvp
        return
    run = _function(name, len(args))
    if run is None:
        raise NotImplementedError(f"gradwidget.torch: forward mode does not know how to follow '{name}'")
    if all(isinstance(o, Tensor) and root(o._a) is root(source._a) for o in outs):
        tangent = tangent_of(source)
        found = _quietly(lambda: run(tangent, *args[1:], **kwargs))
        found = list(found) if isinstance(found, (tuple, list)) else [found]
    else:
        found = _quietly(lambda: _tangents(run, args, kwargs))
    for o, t in zip(outs, found):
        if t is not None and isinstance(o, Tensor):
            _give(o, t)


def _written(plain: Callable[..., Tensor], op: Any, self: Tensor, args: Any, kwargs: dict[str, Any]) -> Tensor:
    """An in-place op: what it writes has the tangent that the op's result would have."""
    inputs = _tensors((self, *args, *kwargs.values()))
    if all(tangent_of(t) is None for t in inputs):
        return plain(self, *args, **kwargs)
    (tangent,) = _quietly(lambda: _tangents(function_of(op), (self, *args), kwargs))
    plain(self, *args, **kwargs)
    own = tangent_of(self)
    if own is None:
        own = _blank(self)
    with set_grad_enabled(tangent is not None and tangent.requires_grad):
        _quietly(lambda: own.zero_() if tangent is None else own.copy_(tangent))  # type: ignore[attr-defined]
    return self


def _blank(t: Tensor) -> Tensor:
    """A tangent of zeros for a tensor that had none; for a view, the same window on its base's."""
    base = t._base

    def zeros() -> Tensor:
        with no_grad():
            if base is None:
                return t.detach().clone().zero_()  # type: ignore[attr-defined, no-any-return]
            whole = tangent_of(base)
            if whole is None:
                whole = base.detach().clone().zero_()  # type: ignore[attr-defined]
                _give(base, whole)
            return whole.as_strided(t.shape, t.stride(), t.storage_offset() - base.storage_offset())  # type: ignore[attr-defined, no-any-return]

    tangent: Tensor = _quietly(zeros)
    _give(t, tangent)
    return tangent


def _customized(function: Any, ctx: Any, args: Any, outputs: tuple[Any, ...]) -> None:
    """A custom function: its own jvp."""
    tangents = [tangent_of(x) for x in args]
    if all(t is None for t in tangents):
        return
    found = _quietly(lambda: function.jvp(ctx, *tangents))
    found = found if isinstance(found, tuple) else (found,)
    for o, t in zip(outputs, found):
        if isinstance(o, Tensor):
            _give(o, t)


class _Listener:
    """Stands in front of the listener that was there, and hands everything on."""

    def install(self) -> None:
        self.inner = watch.listen(self)
        inplace.forward, custom.forward = _written, _customized

    def remove(self) -> None:
        inplace.forward = custom.forward = None
        if watch.listener is self:
            watch.listen(self.inner)

    hears = None  # else it would be the inner one's

    def op(self, name: str, out: Any, args: Any, kwargs: dict[str, Any]) -> None:
        if self.inner is not None:
            self.inner.op(name, out, args, kwargs)
        _after(name, out, args, kwargs)

    def __getattr__(self, name: str) -> Any:
        if name == "inner":
            raise AttributeError(name)
        return _nothing if self.inner is None else getattr(self.inner, name)


def _nothing(*given: Any) -> None:
    return None


_listener = _Listener()
