"""Parameters and buffers whose shape is not known yet; `materialize(shape)` gives them one."""

from __future__ import annotations

from typing import Any

from .parameter import Parameter
from .tensor import Tensor, disabled_torch_function_impl

_SHAPELESS = (
    "Can't access the shape of an uninitialized parameter or buffer. "
    "This error usually happens in `load_state_dict` when trying to load "
    "an uninitialized parameter into an initialized one. "
    "Call `forward` to initialize the parameters before accessing their attributes."
)
_UNUSABLE = (
    "Attempted to use an uninitialized parameter in {}. "
    "This error happens when you are using a `LazyModule` or explicitly manipulating `torch.nn.parameter.{}` objects. "
    "When using LazyModules Call `forward` with a dummy batch to initialize the parameters before calling torch functions"
)


class _Uninitialized:
    """What both have in common: no shape, and nothing to compute with."""

    __slots__ = ()
    __torch_function__ = disabled_torch_function_impl
    cls_to_become: Any
    _made: dict[str, Any]

    def materialize(self, shape: Any, device: Any = None, dtype: Any = None) -> None:
        """Become an ordinary one of this shape, with memory that is not filled."""
        from .ops.creation import empty

        made = empty(tuple(shape), dtype=dtype or self.dtype, device=device or self._made["device"])
        self._a = made._a
        self._v = made._version_counter()
        del self._made
        self.__class__ = self.cls_to_become

    @property
    def shape(self) -> Any:
        raise RuntimeError(_SHAPELESS)

    def share_memory_(self) -> Any:
        raise RuntimeError(
            "Can't share memory on an uninitialized parameter or buffer. Call `forward` to initialize the parameters before calling `module.share_memory()`."
        )

    def __repr__(self, *, tensor_contents: Any = None) -> str:
        return f"<{type(self).__name__}>"

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        made: Any = type(self)(**self._made)
        memo[id(self)] = made
        return made


def _refused(name: str) -> Any:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        raise ValueError(_UNUSABLE.format(f"<method '{name}' of 'torch._C.TensorBase' objects>", type(self).__name__))

    return method


for _name in ("add", "__add__", "mul", "__mul__", "matmul", "__matmul__", "sum", "mean", "view", "reshape", "clone", "numpy", "size", "t", "copy_", "fill_"):  # fmt: skip
    setattr(_Uninitialized, _name, _refused(_name))


class UninitializedParameter(_Uninitialized, Parameter):  # type: ignore[misc]
    """A parameter that waits for its shape."""

    __slots__ = ()
    cls_to_become = Parameter

    def __new__(cls, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> Any:
        from .ops.creation import empty

        self = Parameter.__new__(cls, empty(0, device=device, dtype=dtype), requires_grad)
        self._made = {"device": device, "dtype": dtype}
        return self

    def __init__(self, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> None:
        pass


class UninitializedBuffer(_Uninitialized, Tensor):  # type: ignore[misc]
    """A buffer that waits for its shape."""

    __slots__ = ()
    cls_to_become = Tensor

    def __new__(
        cls, requires_grad: bool = False, device: Any = None, dtype: Any = None, persistent: bool = True
    ) -> Any:
        from .ops.creation import empty
        from .tensor import new

        made = empty(0, device=device, dtype=dtype)
        self = new(cls)
        self._a, self._v, self._node = made._a, made._version_counter(), None
        self._made = {"device": device, "dtype": dtype}
        return self

    def __init__(
        self, requires_grad: bool = False, device: Any = None, dtype: Any = None, persistent: bool = True
    ) -> None:
        pass


def is_lazy(t: Any) -> bool:
    """Whether it waits for its shape."""
    return isinstance(t, _Uninitialized)
