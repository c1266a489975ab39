"""The tensor: a window on memory, and a place in the autograd graph.

`_a` is the window (an ndarray: memory, offset, shape, strides, dtype, and by its type the device), `_v` the version
counter (None: never needed, version 0), `_node` the place in the graph (None, LEAF, STALE, a Node, or an Edge to
another than a node's first output). Everything rarer lives in the instance dictionary, with a default on the class.
The methods that are ops are put on the class by `ops.registry`.
"""

from __future__ import annotations

import copy
import warnings
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from . import devices, dtypes, errors, geometry, graph, watch
from .grad_mode import is_grad_enabled, is_inference_mode_enabled
from .graph import LEAF, STALE, Edge, Hooks, Node
from .layouts import strided
from .storage import UNCOUNTED, Counter, TypedStorage, UntypedStorage, offset, strides

new = object.__new__
regenerate: Any = None  # view_history.regenerate, put here by it


class Size(tuple[int, ...]):
    """A tensor's shape: a tuple that prints as PyTorch's does."""

    __module__ = "torch"

    def __repr__(self) -> str:
        return f"torch.Size({list(self)})"

    __str__ = __repr__

    def numel(self) -> int:
        return geometry.numel(self)

    def __add__(self, other: Any) -> Size:  # type: ignore[override]
        return Size(tuple(self) + tuple(other))

    def __getitem__(self, i: Any) -> Any:
        item = tuple.__getitem__(self, i)
        return Size(item) if isinstance(i, slice) else item

    def __reduce__(self) -> Any:
        return size_of, (tuple(self),)


def size_of(sizes: tuple[int, ...]) -> Size:
    """What unpickling a shape calls."""
    return Size(sizes)


class Absent:
    """A method that PyTorch has besides, and why it is not here (not said by `__getattr__`: see graph's NOTE [No __getattr__])."""

    def __init__(self, why: str) -> None:
        self.why = why

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, tensor: Any, kind: Any) -> Any:
        raise AttributeError(f"gradwidget.torch has no Tensor.{self.name}: {self.why}. Real PyTorch has it.")


class Removed:
    """A method that PyTorch has taken away, which says what takes its place."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, tensor: Any, kind: Any) -> Any:
        from . import removed

        return getattr(removed, self.name)


ABSENT = {
    name: Absent(why)
    for why, names in {
        "its tensors are dense": "ccol_indices col_indices crow_indices row_indices smm sparse_mask sparse_resize_ sparse_resize_and_clear_ "
        "sspaddmm to_padded_tensor to_sparse to_sparse_bsc to_sparse_bsr to_sparse_coo to_sparse_csc to_sparse_csr",
        "its numbers are not quantised": "dequantize int_repr q_per_channel_axis q_per_channel_scales q_per_channel_zero_points q_scale "
        "q_zero_point qscheme",
        "NumPy has no such numbers": "chalf",
        "its devices are the CPU and a simulated GPU": "hpu ipu mtia to_mkldnn xpu",
    }.items()
    for name in names.split()
}
TENSORS: set[type] = set()  # `Tensor` and every class made from it


def disabled_torch_function_impl(func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
    """The `__torch_function__` of a class that answers no calls: as if it had none."""
    return func(*args, **(kwargs or {}))


class Tensor:
    """An n-dimensional array of one dtype that can take part in automatic differentiation.

    Made by `torch.tensor`, `torch.zeros`, ... ; see `torch.Tensor` in PyTorch's documentation for the methods.
    """

    __module__ = "torch"
    __slots__ = ("_a", "_v", "_node", "_tag", "__weakref__", "__dict__")
    _a: np.ndarray
    _v: Counter | None
    _node: Any

    def __init_subclass__(cls, answers: bool = True) -> None:
        TENSORS.add(cls)
        if answers and cls.__torch_function__ is not disabled_torch_function_impl:
            from .overriding import subclass

            subclass(cls)

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """What a subclass answers to a call that it is an argument of: the result, as an object of the subclass.

        >>> class Loud(torch.Tensor):
        ...     @classmethod
        ...     def __torch_function__(cls, func, types, args=(), kwargs=None):
        ...         print(func.__name__)
        ...         return super().__torch_function__(func, types, args, kwargs)
        """
        if not all(issubclass(cls, t) for t in types):
            return NotImplemented
        from .overrides import answer

        return answer(cls, func, args, kwargs or {})

    _grad: Tensor | None = None
    _base: Tensor | None = None  # what this is a differentiable view of
    _at: int | None = None  # of a view without a node of its own: the version that it was made at (ops.view_history)
    _creation: str | None = None  # of a view: what is not ordinary about how it was made (ops.view_history)
    _passing = False  # of a view that nobody will see: it needs no history of its own after a write
    _replay: Callable[[Tensor], Tensor] | None = None  # of a view that is no window: how it is made of its base
    _retained_by: tuple[Node, int] | None = None  # after retain_grad: the node, and which output, that fills `.grad`
    _hooks: Hooks | None = None  # of a leaf; those of other tensors live on their node
    _post_accumulate: Hooks | None = None
    _stands_for: Tensor | None = None  # of a leaf that was packed and unpacked (saved_hooks): the leaf itself
    _copied_at = 1  # the version of a deep copy: PyTorch seats it on its memory by a write
    name: str | None = None
    __array_priority__ = 1000

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """The legacy constructor; ops make their results without it, by `new(Tensor)`."""
        from .ops.creation import legacy_tensor

        made = legacy_tensor(*args, **kwargs)
        if cls is not Tensor:
            made.__class__ = cls
        return made

    # ---- memory

    @property
    def shape(self) -> Size:
        return Size(self._a.shape)

    def size(self, dim: int | None = None) -> Any:
        return Size(self._a.shape) if dim is None else self._a.shape[geometry.wrap(dim, self._a.ndim)]

    def stride(self, dim: int | None = None) -> Any:
        steps = strides(self._a)
        return steps if dim is None else steps[geometry.wrap(dim, self._a.ndim)]

    def storage_offset(self) -> int:
        return offset(self._a)

    def dim(self) -> int:
        return self._a.ndim

    ndimension = dim

    @property
    def ndim(self) -> int:
        return self._a.ndim

    def numel(self) -> int:
        return self._a.size

    nelement = numel

    def element_size(self) -> int:
        return self._a.itemsize

    @property
    def itemsize(self) -> int:
        return self._a.itemsize

    @property
    def nbytes(self) -> int:
        return self._a.nbytes

    @property
    def dtype(self) -> dtypes.dtype:
        return dtypes.OF_NUMPY[self._a.dtype]

    @property
    def device(self) -> devices.device:
        return devices.of_array(self._a)

    @property
    def is_cuda(self) -> bool:
        return self.device.type == "cuda"

    @property
    def is_cpu(self) -> bool:
        return self.device.type == "cpu"

    is_sparse = is_meta = is_quantized = is_nested = is_mkldnn = is_mps = is_xpu = is_sparse_csr = False
    layout = strided

    def get_device(self) -> int:
        return -1 if self.is_cpu else self.device.index or 0

    def is_floating_point(self) -> bool:
        return self._a.dtype.kind in "fV"

    def is_complex(self) -> bool:
        return self._a.dtype.kind == "c"

    def is_signed(self) -> bool:
        return self.dtype.is_signed

    def is_contiguous(self, memory_format: Any = None) -> bool:
        if memory_format is None or memory_format.last_of is None:
            return self._a.flags.c_contiguous
        return memory_format.holds(self._a)

    def is_inference(self) -> bool:
        return self._v is UNCOUNTED

    def is_set_to(self, other: Tensor) -> bool:
        return (self.untyped_storage(), self.storage_offset(), self.shape, self.stride()) == (
            other.untyped_storage(),
            other.storage_offset(),
            other.shape,
            other.stride(),
        )

    def data_ptr(self) -> int:
        return self._a.__array_interface__["data"][0] if self._a.size else 0

    def untyped_storage(self) -> UntypedStorage:
        return UntypedStorage(self._a)

    def storage(self) -> TypedStorage:
        return TypedStorage(self._a)

    def _version_counter(self) -> Counter:
        if self._v is None:
            self._v = Counter()
        return self._v

    @property
    def _version(self) -> int:
        if self._v is UNCOUNTED:
            raise RuntimeError("Inference tensors do not track version counter.")
        return 0 if self._v is None else self._v.version

    def _saved_version(self) -> int:
        """The version to remember when a node saves this tensor."""
        return 0 if self._v is None else self._v.version

    # ---- graph

    def _edge(self) -> Any:
        """This tensor's place in the graph with a stale view's history made anew: None, LEAF, a Node or an Edge."""
        if self._node is STALE:
            regenerate(self)
            if self._node is STALE:  # it only borrows its base's requires_grad
                return None
        return self._node

    @property
    def requires_grad(self) -> bool:
        return self._node is not None

    @requires_grad.setter
    def requires_grad(self, on: bool) -> None:
        if on and self._a.dtype.kind not in "fcV":
            raise RuntimeError("only Tensors of floating point and complex dtype can require gradients")
        self.requires_grad_(on)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Ask (or no longer ask) autograd to collect a gradient here. Only leaves can be changed, and only floating-point
        and complex tensors can require grad."""
        if not self._is_leaf_as_it_stands():
            if not requires_grad:
                raise RuntimeError(
                    "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a "
                    "subgraph that doesn't require differentiation use var_no_grad = var.detach()."
                )
            return self
        if requires_grad and self._a.dtype.kind not in "fcV":
            raise RuntimeError("only Tensors of floating point dtype can require gradients")
        if requires_grad and self._v is UNCOUNTED and not is_inference_mode_enabled():
            raise RuntimeError("Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.")
        if self._node is STALE and (not requires_grad or self._at != self._version):
            return self  # it requires grad as its base does
        if (self._node is LEAF) != bool(requires_grad):
            lent = self._base is not None and self._base._node is not None  # a view requires grad as its base does
            self._node = LEAF if requires_grad else STALE if lent else None
            if self._v is not None and getattr(self._v, "views", None):
                from .ops.view_history import lend_requires_grad

                lend_requires_grad(self)
            if watch.listener is not None:
                watch.listener.rewired(self, "requires_grad_")
        return self

    @property
    def is_leaf(self) -> bool:
        edge = None if self._node is None else self._edge()
        return edge is None or edge is LEAF

    def _is_leaf_as_it_stands(self) -> bool:
        """The same without making a stale view's history anew, which may be forbidden."""
        return self._at is not None if self._node is STALE else self._node is None or self._node is LEAF

    @property
    def grad_fn(self) -> Node | None:
        node = self._edge()
        if node is None or node is LEAF:
            return None
        return node.node if type(node) is Edge else node

    @property
    def output_nr(self) -> int:
        node = self._node
        if node is STALE:  # that of the history that it had: none is made for this
            return self.__dict__.get("_nr", 0)
        return node.nr if type(node) is Edge else 0

    def _is_view(self) -> bool:
        return self._base is not None

    @property
    def grad(self) -> Tensor | None:
        if self._grad is None and not self._is_leaf_as_it_stands() and not self.retains_grad:
            warnings.warn(errors.NON_LEAF_GRAD, stacklevel=2)
        return self._grad

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if value is not None:
            errors.check_grad_assignment(self, value)
        self._grad = value
        if watch.listener is not None:
            watch.listener.grad_set(self)

    @grad.deleter
    def grad(self) -> None:
        self.grad = None

    @property
    def data(self) -> Tensor:
        """The same memory, cut from the graph *and* from the version counter: writes through it go unnoticed."""
        t = new(Tensor)
        t._a = self._a
        t._v = UNCOUNTED if self._v is UNCOUNTED else None
        t._node = None
        if watch.listener is not None:
            watch.listener.op("data", t, (self,), {})
        return t

    @data.setter
    def data(self, value: Tensor) -> None:
        if not isinstance(value, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(value).__name__}")
        if self._node is not None and value._a.dtype.kind not in "fcV":
            raise RuntimeError("data set to a tensor that requires gradients must be floating point or complex dtype")
        moves, self._a = self._a is not value._a, value._a  # `p.data += x` does not
        if moves and watch.listener is not None:
            watch.listener.reseated(self)

    @data.deleter
    def data(self) -> None:
        raise RuntimeError("Deleting tensor data is not allowed. Delete tensor instead!")

    def detach(self) -> Tensor:
        """The same memory and version counter without history: a leaf that does not require grad.

        >>> y = x.detach()  # y[0] = 0 changes x too
        """
        t = new(Tensor)
        t._a = self._a
        t._v = self._version_counter()
        t._node = None
        if watch.listener is not None:
            watch.listener.op("detach", t, (self,), {})
        return t

    def detach_(self) -> Tensor:
        """Make this very tensor a leaf without grad. What was computed from it before keeps its own edges."""
        if self._base is not None:
            raise RuntimeError(
                "Can't detach views in-place. Use detach() instead. If you are using DistributedDataParallel (DDP) for training, and gradient_as_bucket_view is set as True, gradients are views of DDP buckets, and hence detach_() cannot be called on these gradients. To fix this error, please refer to the Optimizer.zero_grad() function in torch/optim/optimizer.py as the solution."
            )
        self._node = None
        if watch.listener is not None:
            watch.listener.op("detach_", self, (self,), {})
            watch.listener.rewired(self, "detach_")
        return self

    def retain_grad(self) -> None:
        """Keep the gradient of a tensor that is not a leaf in its `.grad`."""
        if not self.requires_grad:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        if self._is_leaf_as_it_stands() or self.retains_grad:
            return
        self._edge()
        self._retain_at_node()
        if watch.listener is not None:
            watch.listener.rewired(self, "retain_grad")

    def _retain_at_node(self) -> None:
        """Have `.grad` kept by the node that this tensor has now, no longer by an earlier one."""
        if self._retained_by is not None:
            earlier, nr = self._retained_by
            earlier.pre_hooks().retain.pop(nr, None)
        node, nr = self.grad_fn, self.output_nr
        assert node is not None
        node.pre_hooks().retain[nr] = weakref.ref(self)
        self.__dict__["_retained_by"] = (node, nr)

    @property
    def retains_grad(self) -> bool:
        return self._retained_by is not None

    def backward(
        self,
        gradient: Tensor | None = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Any = None,
    ) -> None:
        """Compute d(self)/d(leaf) for the leaves that it was computed from, and add each to the leaf's `.grad`."""
        graph.backward(self, gradient, retain_graph, create_graph, inputs=inputs)

    def register_hook(self, hook: Callable[[Tensor], Tensor | None]) -> graph.RemovableHandle:
        """Call `hook(grad)` when this tensor's gradient is known; what it answers, if anything, goes on in its place."""
        hooked = self.__dict__.get("_hooked")
        if hooked is not None:  # until somebody asks for a history made anew, hooks go where the earlier ones are
            return hooked.add(hook)
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        node = self._edge()
        if node is None or node is LEAF:
            Hooks.on_a_leaf = True
            if self._hooks is None:
                self._hooks = Hooks()
            return self._hooks.add(hook)
        hooks = self.grad_fn.pre_hooks().tensor  # type: ignore[union-attr]
        hooked = hooks.setdefault(self.output_nr, Hooks())
        if self._base is not None:
            self.__dict__["_hooked"] = hooked
        return hooked.add(hook)

    def register_post_accumulate_grad_hook(self, hook: Callable[[Tensor], None]) -> graph.RemovableHandle:
        """Call `hook(self)` each time after this leaf's `.grad` was filled."""
        if self._node is None:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if self._edge() is not LEAF:
            raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
        Hooks.on_a_leaf = True
        if self._post_accumulate is None:
            self._post_accumulate = Hooks()
        return self._post_accumulate.add(hook)

    # ---- values

    def item(self) -> Any:
        """The one element as a Python number."""
        if self._a.size != 1:
            raise RuntimeError(f"a Tensor with {self._a.size} elements cannot be converted to Scalar")
        return self._a.item()

    def tolist(self) -> Any:
        return self._a.tolist()

    def numpy(self, *, force: bool = False) -> np.ndarray:
        """The same memory as an ndarray. Raises TypeError for bfloat16, which NumPy does not know."""
        if force:
            _known_to_numpy(self._a)
            return np.asarray(self._a).view(np.ndarray)
        if not self.is_cpu:
            raise TypeError(
                f"can't convert {self.device} device type tensor to numpy. Use Tensor.cpu() to copy the tensor to host memory first."
            )
        if self._node is not None:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
        _known_to_numpy(self._a)
        return self._a.view()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        a = self.numpy()
        return a.astype(dtype, copy=False) if dtype is not None else a

    def __array_wrap__(self, array: np.ndarray, context: Any = None, return_scalar: bool = False) -> Tensor:
        """What NumPy's functions answer becomes a tensor; truth values become bytes, as in PyTorch."""
        a = np.asarray(array)
        return from_array(a.astype(np.uint8) if a.dtype == bool else a)

    def __pos__(self) -> Tensor:
        return self

    def __bool__(self) -> bool:
        if self._a.size == 1:
            return bool(self._a.item())
        if self._a.size == 0:
            raise RuntimeError("Boolean value of Tensor with no values is ambiguous")
        raise RuntimeError("Boolean value of Tensor with more than one value is ambiguous")

    def _number(self) -> Any:
        if self._a.size != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        return self._a.item()

    def __int__(self) -> int:
        return int(self._number())

    def __float__(self) -> float:
        if self._node is not None and is_grad_enabled():
            warnings.warn(errors.TO_SCALAR, stacklevel=2)
        return float(self._number())

    def __complex__(self) -> complex:
        return complex(self._number())

    def __index__(self) -> int:
        if self._a.size != 1 or self._a.dtype.kind not in "iub":
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self._a.item())

    def __len__(self) -> int:
        if self._a.ndim == 0:
            raise TypeError("len() of a 0-d tensor")
        return self._a.shape[0]

    def __iter__(self) -> Any:
        if self._a.ndim == 0:
            raise TypeError("iteration over a 0-d tensor")
        return iter(self.unbind(0))  # type: ignore[attr-defined]

    def __contains__(self, item: Any) -> bool:
        return bool((self._a == (item._a if isinstance(item, Tensor) else item)).any())

    vars().update(ABSENT)
    eig, lstsq, solve, symeig = Removed(), Removed(), Removed(), Removed()

    __hash__ = object.__hash__  # by identity; written in C, unlike anything that could stand here

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if self._a.ndim == 0 else object.__format__(self, spec)

    def __repr__(self, *, tensor_contents: Any = None) -> str:
        from .printing import tensor_text

        try:
            node: Any = self.grad_fn
        except RuntimeError:  # a view made under no_grad whose base was written since
            node = "Invalid"
        return tensor_text(
            self._a.view(np.ndarray),
            dtype=repr(self.dtype),
            default_dtype=repr(dtypes.get_default_dtype()),
            device=str(self.device),
            grad_fn=None if node is None else "Invalid" if node == "Invalid" else type(node).__name__,
            requires_grad=self.requires_grad,
            prefix="tensor("
            if type(self) is Tensor or type(self).__name__ == "Parameter"
            else f"{type(self).__name__}(",
        )

    def __dir__(self) -> list[str]:
        return sorted(set(dir(type(self))) | set(self.__dict__))

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        if not self.is_leaf:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment.  If "
                "you were attempting to deepcopy a module, this may be because of a torch.nn.utils.weight_norm usage, see "
                "https://github.com/pytorch/pytorch/pull/103001"
            )
        if id(self) not in memo:
            twin = new(type(self))
            whole = UntypedStorage(self._a)._root
            copied = memo.get(id(whole))
            if copied is None:
                copied = memo[id(whole)] = whole.copy("A")
            from .storage import window

            twin._a = window(copied, self._a.shape, self.stride(), self.storage_offset())
            twin._v = None
            twin._version_counter().version = self._copied_at
            twin._node = self._node
            if self._grad is not None:
                twin._grad = self._grad.__deepcopy__(memo)
            if self.__dict__:
                twin.__dict__.update(copy.deepcopy({k: v for k, v in self.__dict__.items() if k[0] != "_"}, memo))
            memo[id(self)] = twin
        return memo[id(self)]

    def __reduce_ex__(self, protocol: Any) -> Any:
        from ._utils import shared

        return shared(self)


TENSORS.add(Tensor)


def _known_to_numpy(a: np.ndarray) -> None:
    if a.dtype.kind == "V":
        raise TypeError("Got unsupported ScalarType BFloat16")


def from_array(a: np.ndarray) -> Tensor:
    """A tensor on this very array: no copy, no history, and nobody is told."""
    t = new(Tensor)
    t._a = a
    t._v = t._node = None
    return t
