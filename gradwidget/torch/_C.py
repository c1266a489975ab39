"""The few names of PyTorch's inner module that programs which extend it use."""

from .absent import absent
from .overriding import DisableTorchFunctionSubclass
from .tensor import Tensor as TensorBase
from .tensor import disabled_torch_function_impl as _disabled_torch_function_impl

DisableTorchFunction = DisableTorchFunctionSubclass
_TensorBase = TensorBase

__all__ = [
    "DisableTorchFunction",
    "DisableTorchFunctionSubclass",
    "TensorBase",
    "_TensorBase",
    "_disabled_torch_function_impl",
]
__getattr__ = absent(__name__, "it is written in Python")
