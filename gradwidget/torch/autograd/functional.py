"""`torch.autograd.functional`: derivatives of a function at a point, as products with a vector or as whole matrices.

jvp is two vjps: a vjp is linear in its vector v, and the derivative of that linear map is the jvp.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..grad_mode import enable_grad, is_grad_enabled
from ..grad_mode import set_grad_enabled as _set_grad_enabled
from ..ops.creation import zeros, zeros_like
from ..ops.shape import stack
from ..tensor import Tensor

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]

Tensors = tuple[Tensor, ...]

_NEEDS_V = "The vector v can only be None if the user-provided function returns a single Tensor with a single element."
_JVP_NEEDS_V = (
    "The vector v can only be None if the input to the user-provided function is a single Tensor with a single element."
)
_ONE_NUMBER = "The Tensor returned by the function given to {} should contain a single element"


# ---- what comes in and goes out


def _tuple(given: Any, what: str, function: str) -> tuple[bool, Tensors]:
    many = isinstance(given, tuple)
    for i, t in enumerate(given if many else (given,)):
        if not isinstance(t, Tensor):
            where = f"value at index {i}" if many else f"given {what}"
            raise TypeError(
                f"The {what} given to {function} must be either a Tensor or a tuple of Tensors but the {where} has type {type(t)}."
            )
    return many, given if many else (given,)


def _outputs(given: Any, function: str) -> tuple[bool, Tensors]:
    return _tuple(given, "outputs of the user-provided function", function)


def _at(inputs: Tensors, create_graph: bool, need_graph: bool = True) -> Tensors:
    """The point: apart from the caller's tensors, but connected to them where the result is to be differentiated."""
    return tuple(
        [
            t.view_as(t) if create_graph and t.requires_grad else t.detach().requires_grad_(need_graph)  # type: ignore[attr-defined]
            for t in inputs
        ]
    )


def _free(results: Any, create_graph: bool) -> Any:
    """Without history, unless it was asked for."""
    if create_graph:
        return results
    return tuple([r.detach() if isinstance(r, Tensor) else _free(r, create_graph) for r in results])


def _check_vector(v: Tensors, like: Tensors, many: bool) -> None:
    if len(v) != len(like):
        if many:
            raise RuntimeError(f"v is a tuple of invalid length: should be {len(like)} but got {len(v)}.")
        raise RuntimeError("The given v should contain a single Tensor.")
    for i, (a, b) in enumerate(zip(v, like)):
        if a.shape != b.shape:
            entry = f"Entry {i} in " if many else ""
            raise RuntimeError(f"{entry}v has invalid size: should be {b.shape} but got {a.shape}.")


_INDEPENDENT = {
    "back": "The output of the user-provided function is independent of input {}. This is not allowed in strict mode.",
    "back_trick": "The gradient with respect to the input is independent of entry {} in the grad_outputs when using the double backward "
    "trick to compute forward mode gradients. This is not allowed in strict mode.",
    "double_back": "The jacobian of the user-provided function is independent of input {}. This is not allowed in strict mode.",
    "double_back_trick": "The hessian of the user-provided function is independent of entry {} in the grad_jacobian. This is not allowed "
    "in strict mode as it prevents from using the double backward trick to replace forward mode AD.",
}
_CONSTANT = {
    "outputs": "Output {} of the user-provided function does not require gradients. The outputs must be computed in a differentiable "
    "manner from the input when running in strict mode.",
    "grad_inputs": "The gradient with respect to input {} is independent of the inputs of the user-provided function. This is not allowed "
    "in strict mode.",
    "jacobian": "While computing the hessian, found that the jacobian of the user-provided function with respect to input {} is "
    "independent of the input. This is not allowed in strict mode. You should ensure that your function is twice differentiable and that "
    "the jacobian depends on the inputs (this would be violated by a linear function for example).",
    "hessian": "The hessian of the user-provided function with respect to input {} is independent of the input. This is not allowed in "
    "strict mode. You should ensure that your function is thrice differentiable and that the hessian depends on the inputs.",
}


def _check_differentiable(results: Any, what: str, strict: bool) -> None:
    if strict:
        for i, r in enumerate(results):
            if r is None:
                raise RuntimeError(_INDEPENDENT["back"].format(i))
            if not r.requires_grad:
                raise RuntimeError(_CONSTANT[what].format(i))


def _grads(outputs: Any, inputs: Tensors, v: Any = None, create_graph: bool = False) -> tuple[Tensor | None, ...]:
    """`autograd.grad` of those outputs that require grad; None for inputs that they do not depend on."""
    from . import grad

    pairs = [(o, g) for o, g in zip(outputs, v or (None,) * len(outputs)) if o is not None and o.requires_grad]
    if not pairs:
        return (None,) * len(inputs)
    return grad([o for o, _ in pairs], inputs, tuple(g for _, g in pairs), allow_unused=True, create_graph=create_graph)


def _filled(grads: Any, like: Tensors, strict: bool, create_graph: bool, stage: str) -> Tensors:
    """Zeros in place of None, or in strict mode an error."""
    for i, g in enumerate(grads):
        if strict and g is None:
            raise RuntimeError(_INDEPENDENT[stage].format(i))
        if strict and create_graph and not g.requires_grad:
            if "double" in stage:
                raise RuntimeError(
                    f"The hessian of the user-provided function is independent of input {i}. This is not allowed in strict mode when "
                    "create_graph=True."
                )
            raise RuntimeError(
                "The jacobian of the user-provided function is independent of input "
                f"{i}. This is not allowed in strict mode when create_graph=True."
            )
    return tuple([zeros_like(t) if g is None else g for g, t in zip(grads, like)])


# ---- products with a vector


def vjp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """func(inputs), and v times its Jacobian (shaped as the inputs).

    v has the shape of the outputs, and may be left out where there is one output of one element. strict: raise where an
    output does not depend on an input, instead of answering zeros.
    """
    with enable_grad():
        many, point = _tuple(inputs, "inputs", "vjp")
        point = _at(point, create_graph)
        many_out, outputs = _outputs(func(*point), "vjp")
        _check_differentiable(outputs, "outputs", strict)
        if v is not None:
            _, v = _tuple(v, "v", "vjp")
            v = _at(v, create_graph, False)
            _check_vector(v, outputs, many_out)
        elif len(outputs) != 1 or outputs[0].numel() != 1:
            raise RuntimeError(_NEEDS_V)
    with _set_grad_enabled(True if create_graph else is_grad_enabled()):
        found = _filled(_grads(outputs, point, v, create_graph), point, strict, create_graph, "back")
    outputs, found = _free(outputs, create_graph), _free(found, create_graph)
    return outputs if many_out else outputs[0], found if many else found[0]


def jvp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """func(inputs), and its Jacobian times v (shaped as the outputs). v has the shape of the inputs."""
    with enable_grad():
        many, point = _tuple(inputs, "inputs", "jvp")
        point = _at(point, create_graph)
        v = _direction(v, point, many, "jvp", create_graph)
        many_out, outputs = _outputs(func(*point), "jvp")
        _check_differentiable(outputs, "outputs", strict)
        u = tuple([zeros_like(o).requires_grad_() for o in outputs])
        back = _grads(outputs, point, u, create_graph=True)
        _check_differentiable(back, "grad_inputs", strict)
    with _set_grad_enabled(True if create_graph else is_grad_enabled()):
        found = _filled(_grads(back, u, v, create_graph), outputs, strict, create_graph, "back_trick")
    outputs, found = _free(outputs, create_graph), _free(found, create_graph)
    return outputs if many_out else outputs[0], found if many_out else found[0]


def _direction(v: Any, point: Tensors, many: bool, function: str, create_graph: bool) -> Any:
    if v is not None:
        _, v = _tuple(v, "v", function)
        v = _at(v, create_graph, False)
        _check_vector(v, point, many)
        return v
    if len(point) != 1 or point[0].numel() != 1:
        raise RuntimeError(_JVP_NEEDS_V)
    return None


def _scalar(func: Callable[..., Any], point: Tensors, function: str) -> Tensors:
    many, outputs = _outputs(func(*point), function)
    if many or outputs[0].numel() != 1 or not isinstance(outputs[0], Tensor):
        if many:
            raise RuntimeError(f"The function given to {function} should return a single Tensor")
        raise RuntimeError(_ONE_NUMBER.format(function))
    return outputs


def vhp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """func(inputs), one number, and v times its Hessian (shaped as the inputs, as v is)."""
    with enable_grad():
        many, point = _tuple(inputs, "inputs", "vhp")
        point = _at(point, create_graph)
        v = _direction(v, point, many, "vhp", create_graph)
        outputs = _scalar(func, point, "vhp")
        _check_differentiable(outputs, "outputs", strict)
        jac = _grads(outputs, point, create_graph=True)
        _check_differentiable(jac, "jacobian", strict)
    with _set_grad_enabled(True if create_graph else is_grad_enabled()):
        found = _filled(_grads(jac, point, v, create_graph), point, strict, create_graph, "double_back")
    outputs, found = _free(outputs, create_graph), _free(found, create_graph)
    return outputs[0], found if many else found[0]


def hvp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """func(inputs), one number, and its Hessian times v. For a Hessian that is symmetric `vhp` is quicker."""
    with enable_grad():
        many, point = _tuple(inputs, "inputs", "hvp")
        point = _at(point, create_graph)
        v = _direction(v, point, many, "hvp", create_graph)
        outputs = _scalar(func, point, "hvp")
        _check_differentiable(outputs, "outputs", strict)
        jac = _grads(outputs, point, create_graph=True)
        _check_differentiable(jac, "jacobian", strict)
        u = tuple([zeros_like(t).requires_grad_() for t in point])
        back = _grads(jac, point, u, create_graph=True)
        _check_differentiable(back, "hessian", strict)
    with _set_grad_enabled(True if create_graph else is_grad_enabled()):
        found = _filled(_grads(back, u, v, create_graph), point, strict, create_graph, "double_back_trick")
    outputs, found = _free(outputs, create_graph), _free(found, create_graph)
    return outputs[0], found if many else found[0]


# ---- whole matrices


def jacobian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """The derivative of each element of func(inputs) by each element of the inputs.

    Shape: (*output shape, *input shape); for tuples of them a tuple per output of one entry per input. `vectorize` and
    strategy "forward-mode" change how PyTorch computes it, not what comes out.
    """
    if strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError(
            'Expected strategy to be either "forward-mode" or "reverse-mode". Hint: If your function has more outputs than inputs, '
            '"forward-mode" tends to be more performant. Otherwise, prefer to use "reverse-mode".'
        )
    if strategy == "forward-mode" and create_graph:
        raise NotImplementedError(
            'torch.autograd.functional.jacobian: `create_graph=True` and `strategy="forward-mode"` are not supported together (yet). '
            'Please either set `create_graph=False` or `strategy="reverse-mode"`.'
        )
    if strategy == "forward-mode" and not vectorize:
        raise NotImplementedError(
            "Computing Jacobian using forward-AD or forward-over-reverse Hessian isonly implemented for `vectorize=True`."
        )
    if strict and vectorize:
        raise RuntimeError(
            "torch.autograd.functional.jacobian: `strict=True` and `vectorized=True` are not supported together. Please either set "
            "`strict=False` or `vectorize=False`."
        )
    with enable_grad():
        many, point = _tuple(inputs, "inputs", "jacobian")
        point = _at(point, create_graph)
        many_out, outputs = _outputs(func(*point), "jacobian")
        _check_differentiable(outputs, "outputs", strict)
        rows = tuple([_rows(o, i, point, create_graph, strict) for i, o in enumerate(outputs)])
    rows = _free(rows, create_graph)
    rows = rows if many else tuple([r[0] for r in rows])
    return rows if many_out else rows[0]


def _rows(output: Tensor, number: int, point: Tensors, create_graph: bool, strict: bool) -> Tensors:
    """One output's derivatives by each input."""
    from . import grad

    found: list[list[Tensor]] = [[] for _ in point]
    flat = output.reshape(-1)  # type: ignore[attr-defined]
    for j in range(output.numel()):
        grads: Any = (None,) * len(point)
        if output.requires_grad:
            grads = grad(flat[j], point, retain_graph=True, create_graph=create_graph, allow_unused=True)
        for i, (g, t) in enumerate(zip(grads, point)):
            if strict and g is None:
                raise RuntimeError(
                    f"Output {number} of the user-provided function is independent of input {i}. This is not allowed in strict mode."
                )
            if strict and create_graph and g is not None and not g.requires_grad:
                raise RuntimeError(
                    "The jacobian of the user-provided function is independent of input "
                    f"{i}. This is not allowed in strict mode when create_graph=True."
                )
            found[i].append(zeros_like(t) if g is None else g)
    shape = tuple(output.shape)
    return tuple(
        [
            stack(f).view(*shape, *t.shape) if f else zeros(*shape, *t.shape, dtype=t.dtype)  # type: ignore[attr-defined]
            for f, t in zip(found, point)
        ]
    )


def hessian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The second derivatives of func(inputs), one number. Shape: (*input shape, *input shape), nested for a tuple of inputs."""
    if outer_jacobian_strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError('Expected strategy to be either "forward-mode" or "reverse-mode".')
    many, point = _tuple(inputs, "inputs", "hessian")

    def of_one_number(*at: Tensor) -> Tensor:
        many_out, outputs = _outputs(func(*at), "hessian")
        if many_out or not isinstance(outputs[0], Tensor):
            raise RuntimeError("The function given to hessian should return a single Tensor")
        if outputs[0].numel() != 1:
            raise RuntimeError(_ONE_NUMBER.format("hessian"))
        _check_differentiable(outputs, "outputs", strict)
        return outputs[0].squeeze()  # type: ignore[attr-defined, no-any-return]

    def first(*at: Tensor) -> Any:
        if outer_jacobian_strategy == "forward-mode":
            at = tuple([t.requires_grad_() for t in at])
        jac = jacobian(of_one_number, at, create_graph=True)
        _check_differentiable(jac, "jacobian", strict)
        return jac

    found = jacobian(first, point, create_graph, strict, vectorize, outer_jacobian_strategy)
    return found if many else found[0][0]
