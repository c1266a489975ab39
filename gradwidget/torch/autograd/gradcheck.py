"""`gradcheck`: a function's backward against finite differences; `gradgradcheck`: the same for its second derivatives.

Both Jacobians are matrices (elements of the input, elements of the output). Numerical: (f(x + eps) - f(x - eps)) / (2 eps)
for one element of the input at a time. For complex inputs the gradient of a real output L is dL/dx + i dL/dy (z = x + iy),
and complex outputs are checked as two real ones.
"""

from __future__ import annotations

import sys
import types
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ..ops.creation import zeros_like
from ..tensor import Tensor, from_array
from .function import Function

__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]

Check = Callable[..., Any]


class GradcheckError(RuntimeError):
    """The gradient is wrong, or not what it must be."""


def gradcheck(
    func: Check,
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Whether the gradients of `func` at `inputs` (best float64) agree with finite differences.

    Raises GradcheckError where they do not, or answers False with `raise_exception=False`. `fast_mode` is accepted; every
    element is compared all the same.

    >>> x = torch.rand(3, dtype=torch.float64, requires_grad=True)
    >>> torch.autograd.gradcheck(torch.exp, x)
    True
    """
    if not (check_forward_ad or check_backward_ad):
        raise AssertionError("Expected at least one of check_forward_ad or check_backward_ad to be True")
    given = tuple(inputs) if isinstance(inputs, (list, tuple)) else (inputs,)
    try:
        _check_inputs(given)
        checked = _Checked(func, given, eps, atol, rtol, nondet_tol, check_grad_dtypes)
        if checked.outputs:
            checked.jacobians(check_forward_ad, check_backward_ad)
            if check_backward_ad:
                if check_batched_grad:
                    checked.batched()
                checked.zero_gradients()
                if check_undefined_grad:
                    checked.undefined_gradients()
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(
    func: Check,
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
) -> bool:
    """Whether the gradients of the gradients of `func` (with respect to `inputs` and to `grad_outputs`) agree with finite
    differences. `grad_outputs` are drawn at random where none are given."""
    from ..testing import make_tensor
    from . import grad

    if not (check_fwd_over_rev or check_rev_over_rev):
        raise AssertionError("Expected at least one of check_fwd_over_rev or check_rev_over_rev to be True")
    given = tuple(inputs) if isinstance(inputs, (list, tuple)) else (inputs,)
    if grad_outputs is None:
        grad_outputs = [
            make_tensor(
                tuple(o.shape), dtype=o.dtype, device=o.device, low=-1, high=1, requires_grad=True,
                noncontiguous=gen_non_contig_grad_outputs,
            )
            for o in _differentiable(func(*given))
        ]  # fmt: skip
    v = tuple(grad_outputs) if isinstance(grad_outputs, (list, tuple)) else (grad_outputs,)

    def first(*arguments: Any) -> Any:
        at = arguments[: len(given)]
        outputs = _differentiable(func(*at))
        wanted = [t for t in at if isinstance(t, Tensor) and t.requires_grad]
        found = grad(outputs, wanted, arguments[len(given) :], create_graph=True, allow_unused=True)
        return tuple([g for g in found if g is not None])

    return gradcheck(
        first, (*given, *v), eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception, nondet_tol=nondet_tol,
        check_undefined_grad=check_undefined_grad, check_grad_dtypes=check_grad_dtypes, check_batched_grad=check_batched_grad,
        check_forward_ad=check_fwd_over_rev, check_backward_ad=check_rev_over_rev, fast_mode=fast_mode, masked=masked,
    )  # fmt: skip


def _differentiable(outputs: Any) -> tuple[Tensor, ...]:
    outputs = tuple(outputs) if isinstance(outputs, (list, tuple)) else (outputs,)
    return tuple([o for o in outputs if o.requires_grad])


def _check_inputs(inputs: tuple[Any, ...]) -> None:
    wanted = False
    for i, t in enumerate(inputs):
        if not isinstance(t, Tensor) or not t.requires_grad:
            continue
        wanted = True
        if t.dtype.name not in ("float64", "complex128"):
            warnings.warn(
                f"Input #{i} requires gradient and is not a double precision floating point or complex. This check will likely fail if "
                "all the inputs are not of double precision floating point or complex. ",
                stacklevel=3,
            )
        if not all(step > 0 or size <= 1 for step, size in zip(t.stride(), t.shape)):
            raise RuntimeError(
                f"The {i}th input has a dimension with stride 0. gradcheck only supports inputs that are non-overlapping to be able to "
                "compute the numerical gradients correctly. You should call .contiguous on the input before passing it to gradcheck."
            )
        if not t.is_leaf:
            t.retain_grad()
    if not wanted:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them have requires_grad=True."
        )


_NOT_REENTRANT = (
    "Backward is not reentrant, i.e., running backward with same input and grad_output multiple times gives different values, although "
    "analytical gradient matches numerical gradient.The tolerance for nondeterminism was {}."
)
_UNDEFINED = (
    'Expected backward function to handle undefined output grads. Please look at "Notes about undefined output gradients" in '
    '"tools/autograd/derivatives.yaml"'
)


_MAY_BREAK = (
    "Backwards compatibility: New undefined gradient support checking feature is enabled by default, but it may break existing callers of "
    'this function. If this is true for you, you can call this function with "check_undefined_grad=False" to disable the feature'
)


class _Checked:
    """One function at one point, and what it is measured by."""

    def __init__(
        self,
        func: Check,
        inputs: tuple[Any, ...],
        eps: float,
        atol: float,
        rtol: float,
        nondet_tol: float,
        dtypes: bool,
    ) -> None:
        self.func, self.inputs = func, inputs
        self.eps, self.atol, self.rtol, self.nondet_tol, self.check_dtypes = eps, atol, rtol, nondet_tol, dtypes
        self.wanted = [t for t in inputs if isinstance(t, Tensor) and t.requires_grad]
        given = func(*inputs)
        self.outputs = _differentiable(given)
        if not self.outputs:
            self._nothing_to_differentiate(tuple(given) if isinstance(given, (list, tuple)) else (given,))

    def _nothing_to_differentiate(self, outputs: tuple[Tensor, ...]) -> None:
        for i in range(len(outputs)):
            for t in self.wanted:
                if np.any(np.abs(self._numerical(t, i, lambda a: a, False)) > 0):
                    raise GradcheckError("Numerical gradient for function expected to be zero")

    # ---- Jacobians

    def jacobians(self, forward: bool, backward: bool) -> None:
        for number, output in enumerate(self.outputs):
            parts: list[tuple[str, Any, Any]] = [("", lambda a: a, 1)]
            if output.is_complex():
                words = "While considering the {} part of complex outputs only, "
                parts = [(words.format("imaginary"), np.imag, 1j), (words.format("real"), np.real, 1)]
            for prefix, part, unit in parts:
                for i, t in enumerate(self.wanted):
                    numerical = self._numerical(t, number, part, True)
                    if backward:
                        analytical = self._analytical(t, output, unit)
                        self._compare(prefix, number, i, numerical, analytical, t)
                    if forward and not t.is_complex():
                        analytical = part(self._forward(t, number))
                        self._compare(prefix, number, i, numerical, analytical, t)

    def _compare(self, prefix: str, output: int, i: int, numerical: Any, analytical: Any, t: Tensor) -> None:
        with np.errstate(all="ignore"):
            close = np.allclose(analytical, numerical, self.rtol, self.atol)
        if not close:
            shown = [from_array(j.astype(t._a.dtype)) for j in (numerical, analytical)]
            raise GradcheckError(
                f"{prefix}Jacobian mismatch for output {output} with respect to input {i},\nnumerical:{shown[0]}\n"
                f"analytical:{shown[1]}\n"
            )

    def _numerical(self, t: Tensor, number: int, part: Any, only_differentiable: bool) -> np.ndarray:
        """By finite differences: (elements of t, elements of the output)."""
        a = t._a

        def at(index: Any, step: complex) -> np.ndarray:
            kept = a[index].copy()
            a[index] = kept + step
            try:
                found = self.func(*self.inputs)
                found = tuple(found) if isinstance(found, (list, tuple)) else (found,)
                if only_differentiable:
                    found = _differentiable(found)
                return np.array(part(np.asarray(found[number]._a)), copy=True).reshape(-1)
            finally:
                a[index] = kept

        rows = []
        for index in np.ndindex(*a.shape):
            row = (at(index, self.eps) - at(index, -self.eps)) / (2 * self.eps)
            if a.dtype.kind == "c":
                row = row + 1j * (at(index, self.eps * 1j) - at(index, -self.eps * 1j)) / (2 * self.eps)
            rows.append(row)
        width = 0 if rows else np.asarray(self.outputs[number]._a).size
        return np.array(rows) if rows else np.zeros((0, width))

    def _analytical(self, t: Tensor, output: Tensor, unit: complex) -> np.ndarray:
        """By backward, one element of the output at a time; run twice, which must give the same."""
        from . import grad

        columns = []
        for index in np.ndindex(*output._a.shape):
            v = np.zeros(output._a.shape, output._a.dtype)
            v[index] = unit
            found = []
            for _ in range(2):
                (g,) = grad(output, t, from_array(v.copy()), retain_graph=True, allow_unused=True)
                if g is None:
                    found.append(np.zeros(t._a.size, t._a.dtype))
                    continue
                if g._a.shape != t._a.shape:
                    raise GradcheckError("Analytical gradient has incorrect size")
                if self.check_dtypes and g.dtype is not t.dtype:
                    raise GradcheckError("Gradient has dtype mismatch")
                found.append(np.array(g._a, copy=True).reshape(-1))
            if found[0].size and np.max(np.abs(found[0] - found[1])) > self.nondet_tol:
                raise GradcheckError(_NOT_REENTRANT.format(self.nondet_tol))
            columns.append(found[0])
        return np.stack(columns, 1) if columns else np.zeros((t._a.size, 0))

    def _forward(self, t: Tensor, number: int) -> np.ndarray:
        """By forward mode, one element of the input at a time."""
        from . import forward_ad as fw

        rows = []
        for index in np.ndindex(*t._a.shape):
            v = np.zeros(t._a.shape, t._a.dtype)
            v[index] = 1
            with fw.dual_level():
                dual = [fw.make_dual(x.detach(), from_array(v)) if x is t else x for x in self.inputs]
                found = self.func(*dual)
                found = tuple(found) if isinstance(found, (list, tuple)) else (found,)
                tangent = fw.unpack_dual(found[number]).tangent
            rows.append(np.zeros(found[number]._a.size) if tangent is None else np.array(tangent._a).reshape(-1))
        return np.array(rows)

    # ---- what else must hold

    def _fresh(self) -> tuple[Tensor, ...]:
        return _differentiable(self.func(*self.inputs))

    def batched(self) -> None:
        """Several vectors at once give what they give one by one."""
        from . import grad

        for output in self._fresh():
            v = np.random.default_rng(0).standard_normal((2, *output._a.shape)).astype(output._a.dtype)
            kw: Any = {"retain_graph": True, "allow_unused": True}
            together = grad(output, self.wanted, from_array(v), is_grads_batched=True, **kw)
            for i in range(2):
                for one, many in zip(grad(output, self.wanted, from_array(v[i].copy()), **kw), together):
                    if one is not None and not np.allclose(one._a, many._a[i]):
                        raise GradcheckError("Batched gradient does not equal the gradients of the vectors one by one")

    def zero_gradients(self) -> None:
        """Zeros in, zeros out, of the input's own shape and type."""
        from . import grad

        outputs = self._fresh()
        found = grad(outputs, self.wanted, tuple([zeros_like(o) for o in outputs]), allow_unused=True)
        for g, t in zip(found, self.wanted):
            if g is None:
                continue
            if g._a.shape != t._a.shape:
                raise GradcheckError("grad is incorrect size")
            if g.dtype is not t.dtype:
                raise GradcheckError("grad is incorrect type")
            if np.any(g._a != 0):
                raise GradcheckError("backward not multiplied by grad_output")

    def undefined_gradients(self) -> None:
        """Nothing comes to the outputs, together and one by one: backward answers nothing, or zeros."""
        from . import grad

        for chosen in [None, *range(len(self.outputs))] if len(self.outputs) > 1 else [None]:
            outputs = self._fresh()
            outputs = tuple([_Undefined.apply(o) if chosen in (None, i) else o for i, o in enumerate(outputs)])
            try:
                found = grad(outputs, self.wanted, tuple([zeros_like(o) for o in outputs]), allow_unused=True)
            except RuntimeError as error:
                warnings.warn(_MAY_BREAK, stacklevel=3)
                raise GradcheckError(_UNDEFINED) from error
            if any(g is not None and np.any(g._a != 0) for g in found):
                warnings.warn(_MAY_BREAK, stacklevel=3)
                raise GradcheckError(
                    f"Expected all input grads to be undefined or zero when all output grads are undefined or zero. {_UNDEFINED}"
                )


class _Undefined(Function):
    """Hands its input on, and no gradient back."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.set_materialize_grads(False)
        return x.view_as(x)  # type: ignore[attr-defined, no-any-return]

    @staticmethod
    def backward(ctx: Any, grad: Any) -> None:
        return None


class _Callable(types.ModuleType):
    """`torch.autograd.gradcheck` is this module, and a function as well, whichever was asked for first."""

    def __call__(self, *args: Any, **kwargs: Any) -> bool:
        return gradcheck(*args, **kwargs)


sys.modules[__name__].__class__ = _Callable
