"""PyTorch's own words for what goes wrong, where more than one place says them."""

from __future__ import annotations

from typing import Any

from . import anomaly, geometry

NON_LEAF_GRAD = (
    "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't be populated "
    "during autograd.backward(). If you indeed want the .grad field to be populated for a non-leaf Tensor, use "
    ".retain_grad() on the non-leaf Tensor. If you access the non-leaf Tensor by mistake, make sure you access the leaf "
    "Tensor instead. See github.com/pytorch/pytorch/pull/30531 for more information."
)
TO_SCALAR = (
    "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\n"
    "Consider using tensor.detach() first."
)
LEAF_IN_PLACE = "a leaf Variable that requires grad is being used in an in-place operation."
LEAF_VIEW_IN_PLACE = "a view of a leaf Variable that requires grad is being used in an in-place operation."
PARTIAL_OVERLAP = (
    "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory location. "
    "Please clone() the tensor before performing the operation."
)
OVERLAP = (
    "unsupported operation: more than one element of the written-to tensor refers to a single memory location. Please "
    "clone() the tensor before performing the operation."
)
DETACHED_SAVED = (
    "Trying to use a saved tensor that has been detached in-place, i.e. with .detach_().This is not supported, please use "
    "out-of-place `.detach()` instead"
)


def type_name(t: Any) -> str:
    """`torch.FloatTensor`, as error texts call a tensor."""
    return f"torch.{'cuda.' if t.is_cuda else ''}{t.dtype.legacy}Tensor"


def modified(array_type: str, shape: Any, maker: str | None, output: int, found: int, expected: int) -> RuntimeError:
    """A saved tensor was written to after it was saved."""
    where = f", which is output {output} of {maker}," if maker else ""
    if not array_type.startswith("torch.cuda."):
        array_type = geometry.type_text(array_type[6:-6])
    return RuntimeError(
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        f"[{array_type} {list(shape)}]{where} is at version {found}; expected version {expected} instead. "
        + (
            "Hint: the backtrace further above shows the operation that failed to compute its gradient. The variable in question was "
            "changed in there or anywhere later. Good luck!"
            if anomaly.enabled
            else "Hint: enable anomaly detection to find the operation that failed to compute its gradient, with "
            "torch.autograd.set_detect_anomaly(True, check_nan=False)."
        )
    )


def kind_of(value: Any) -> str:
    """What error texts call a value's type."""
    kind = type(value)
    return f"numpy.{kind.__name__}" if kind.__module__ == "numpy" else kind.__name__


def not_a_tensor(function: str, argument: str, position: int, value: Any) -> TypeError:
    return TypeError(f"{function}(): argument '{argument}' (position {position}) must be Tensor, not {kind_of(value)}")


def not_sizes(given: tuple[Any, ...], alone: bool, function: str, argument: str) -> TypeError:
    """The error for what should have been whole numbers. alone: it was one argument, not a sequence."""
    at = next(i for i, s in enumerate(given) if not hasattr(s, "__index__"))
    kind = kind_of(given[at])
    if at:
        return TypeError(
            f"{function}(): argument '{argument}' failed to unpack the object at pos {at + 1} with error "
            f'"type must be tuple of ints,but got {kind}"'
        )
    found = f"not {kind}" if alone else f"but found element of type {kind} at pos 0"
    return TypeError(f"{function}(): argument '{argument}' (position 1) must be tuple of ints, {found}")


def check_grad_assignment(t: Any, value: Any) -> None:
    """What `t.grad = value` must satisfy."""
    from .tensor import Tensor

    if not isinstance(value, Tensor):
        raise TypeError(f"assigned grad expected to be a Tensor or None but got grad of type {type(value).__name__}")
    if value is t:
        raise RuntimeError("can't assign Variable as its own grad")
    if value.dtype is not t.dtype:
        raise RuntimeError(
            f"attempting to assign a gradient with dtype '{scalar_type(value)}' to a tensor with grad_dtype "
            f"'{t.dtype.legacy}'. The gradient must match the tensor's grad_dtype (defaults to the tensor's dtype). You can "
            "set the tensor's grad_dtype attribute with a specific dtype, or None to allow any dtype. Set grad_dtype with "
            "caution. Diverging the dtypes of a tensor and its gradient may break downstream systems that assume they match."
        )
    if value.device != t.device:
        raise RuntimeError("assigned grad has data located on a different device")
    if value.shape != t.shape:
        raise RuntimeError(
            f"attempting to assign a gradient of size '{list(value.shape)}' to a tensor of size '{list(t.shape)}'. Please ensure "
            "that the gradient and the tensor are the same size"
        )


def scalar_type(t: Any) -> str:
    """A dtype as C++ calls it."""
    names = {
        "float64": "double",
        "float32": "float",
        "int64": "long int",
        "int32": "int",
        "int16": "short int",
        "int8": "signed char",
        "uint8": "unsigned char",
        "bool": "bool",
        "float16": "c10::Half",
        "bfloat16": "c10::BFloat16",
        "complex64": "c10::complex<float>",
        "complex128": "c10::complex<double>",
    }
    return names.get(t.dtype.name, t.dtype.name)


GRADIENT_CYCLE = (
    "Using backward() with create_graph=True will create a reference cycle between the parameter and its gradient which can "
    "cause a memory leak. We recommend using autograd.grad when creating the graph to avoid this. If you have to use this "
    "function, make sure to reset the .grad fields of your parameters to None after use to break the cycle and avoid the leak."
)
