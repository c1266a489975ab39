"""Products of vectors and matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import geometry, hot
from ..grad_mode import is_recording
from ..graph import LEAF, next_sequence
from ..sums import over_leading
from ..tensor import Tensor, new
from .both import swap
from .registry import OPS, function_of, record, sum_of_products


def _same_dtype(a: np.ndarray, b: np.ndarray) -> None:
    if a.dtype != b.dtype:
        from ..dtypes import OF_NUMPY

        def short(d: Any) -> str:
            return {
                "float32": "float",
                "float64": "double",
                "int64": "long",
                "int32": "int",
                "float16": "c10::Half",
                "bfloat16": "c10::BFloat16",
            }.get(OF_NUMPY[d].name, OF_NUMPY[d].name)

        raise RuntimeError(f"expected m1 and m2 to have the same dtype, but got: {short(a.dtype)} != {short(b.dtype)}")


def _mm(a: np.ndarray, b: np.ndarray) -> Any:
    if a.ndim != 2 or b.ndim != 2:
        raise RuntimeError("self must be a matrix" if a.ndim != 2 else "mat2 must be a matrix")
    if a.shape[1] != b.shape[0]:
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({a.shape[0]}x{a.shape[1]} and {b.shape[0]}x{b.shape[1]})"
        )
    _same_dtype(a, b)
    return _product(a, b)


def _product(a: Any, b: Any) -> Any:
    """Of two matrices; `dot` gets to the same BLAS call sooner than `matmul`."""
    if type(a) is np.ndarray is type(b) and a.dtype.char in "fd":
        return a.dot(b)
    return _half_product(a, b) if a.dtype == np.float16 == b.dtype else a @ b


def _half_product(a: np.ndarray, b: np.ndarray) -> Any:
    """Summed in float32 and rounded once, as in PyTorch; NumPy's own loop for float16 is a hundred times slower."""
    return (a.astype(np.float32) @ b.astype(np.float32)).astype(np.float16)


def _mv(a: np.ndarray, v: np.ndarray) -> Any:
    if a.ndim != 2 or v.ndim != 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got 1, {a.ndim}, {v.ndim}")
    if a.shape[1] != v.shape[0]:
        raise RuntimeError(
            f"size mismatch, got input ({a.shape[0]}), mat ({a.shape[0]}x{a.shape[1]}), vec ({v.shape[0]})"
        )
    _same_dtype(a, v)
    return np.matmul(a, v)


def fit_for_dot(a: np.ndarray, b: np.ndarray) -> None:
    """Refuse what is not two vectors of one dtype and length."""
    if a.ndim != 1 or b.ndim != 1:
        raise RuntimeError(f"1D tensors expected, but got {a.ndim}D and {b.ndim}D tensors")
    if a.dtype != b.dtype:
        from ..dtypes import OF_NUMPY

        raise RuntimeError(
            f"dot : expected both vectors to have same dtype, but found {OF_NUMPY[a.dtype].legacy} and {OF_NUMPY[b.dtype].legacy}"
        )
    if a.size != b.size:
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor [{a.size}] and src [{b.size}] to have the same number of elements, but got {a.size} "
            f"and {b.size} elements respectively"
        )


def _dot(a: np.ndarray, b: np.ndarray) -> Any:
    fit_for_dot(a, b)
    return np.dot(a, b)


def _bmm(a: np.ndarray, b: np.ndarray) -> Any:
    if a.ndim != 3 or b.ndim != 3:
        raise RuntimeError("batch1 must be a 3D tensor" if a.ndim != 3 else "batch2 must be a 3D tensor")
    if a.shape[0] != b.shape[0] or a.shape[2] != b.shape[1]:
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{a.shape[0]}, {a.shape[2]}] but got: [{b.shape[0]}, {b.shape[1]}]."
        )
    return _half_product(a, b) if a.dtype == np.float16 == b.dtype else np.matmul(a, b)


def _addmm(bias: np.ndarray, a: np.ndarray, b: np.ndarray, beta: float, alpha: float) -> Any:
    if a.dtype != b.dtype:
        from ..dtypes import OF_NUMPY

        have, want = OF_NUMPY[a.dtype].legacy, OF_NUMPY[b.dtype].legacy
        raise RuntimeError(f"mat1 and mat2 must have the same dtype, but got {have} and {want}")
    if a.ndim == 2 == b.ndim and a.shape[1] == b.shape[0] and type(a) is np.ndarray is type(b) and a.dtype.char in "fd":
        r = a.dot(b)
        if beta == 1 == alpha and bias.shape == r.shape[1:] and bias.dtype == r.dtype:
            return np.add(r, bias, r)
    else:
        r = _mm(a, b)
    if alpha != 1:
        r *= r.dtype.type(alpha)
    if bias.shape != r.shape[1:] and np.broadcast_shapes(bias.shape, r.shape) != r.shape:
        geometry.expand(bias.shape, bias.strides, r.shape)
    if beta == 1:
        return np.add(r, bias, out=r) if r.dtype == bias.dtype else r + bias
    return r + bias * r.dtype.type(beta) if beta else r


def _left_back(grad: Any, right: Any, strides: tuple[int, int], alpha: float = 1) -> Any:
    """The gradient of the left factor, laid out by columns where the factor was: then what made it so (a transpose) hands
    it on in the layout that is wanted in the end."""
    if type(grad) is np.ndarray is type(right) and grad.dtype.char in "fd":
        g: Any = right.dot(grad.T).T if strides[0] < strides[1] else grad.dot(right.T)
    else:
        g = swap(_product(right, swap(grad))) if strides[0] < strides[1] else _product(grad, swap(right))
    return g if alpha == 1 else g * alpha


def _right_back(grad: Any, left: Any, strides: tuple[int, int], alpha: float = 1) -> Any:
    """The same of the right factor."""
    if type(grad) is np.ndarray is type(left) and grad.dtype.char in "fd":
        g: Any = grad.T.dot(left).T if strides[0] < strides[1] else left.T.dot(grad)
    else:
        g = swap(_product(swap(grad), left)) if strides[0] < strides[1] else _product(swap(left), grad)
    return g if alpha == 1 else g * alpha


def _bias_back(grad: Any, self_shape: tuple[int, ...], beta: float) -> Any:
    if type(grad) is np.ndarray and beta == 1 and self_shape == grad.shape[1:]:
        return over_leading(grad, 1)
    from ..dispatch import reduce_to

    return reduce_to(grad if beta == 1 else grad * beta, self_shape)


record(
    "mm",
    _mm,
    "self, mat2",
    tensors=("self", "mat2"),
    holomorphic=True,
    self=lambda grad, mat2, self_strides: _left_back(grad, mat2, self_strides),
    mat2=lambda grad, self, mat2_strides: _right_back(grad, self, mat2_strides),
)
record(
    "mv",
    _mv,
    "self, vec",
    tensors=("self", "vec"),
    holomorphic=True,
    self=lambda grad, vec: grad[:, None] * vec,
    vec="swap(self) @ grad",
)
record(
    "dot",
    _dot,
    "self, tensor",
    tensors=("self", "tensor"),
    holomorphic=True,
    self="grad * tensor",
    tensor="grad * self",
)
record(
    "bmm",
    _bmm,
    "self, mat2",
    tensors=("self", "mat2"),
    holomorphic=True,
    self="grad @ swap(mat2)",
    mat2="swap(self) @ grad",
)
sum_of_products(record(
    "addmm", _addmm, "self, mat1, mat2, *, beta=1, alpha=1", tensors=("self", "mat1", "mat2"), methods=(), holomorphic=True,
    self=_bias_back,
    mat1=lambda grad, mat2, mat1_strides, alpha: _left_back(grad, mat2, mat1_strides, alpha),
    mat2=lambda grad, mat1, mat2_strides, alpha: _right_back(grad, mat1, mat2_strides, alpha),
), "mat1", "mat2")  # fmt: skip


def matmul(self: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """Matrix product with the rules of `@`: vectors, matrices, and batches of them that broadcast."""
    from . import views

    if not isinstance(self, Tensor) or not isinstance(other, Tensor):
        from ..errors import not_a_tensor

        raise not_a_tensor(
            "matmul",
            "input" if not isinstance(self, Tensor) else "other",
            1 if not isinstance(self, Tensor) else 2,
            self if not isinstance(self, Tensor) else other,
        )
    if out is not None:
        from .inplace import into

        return into(matmul, out, self, other)
    if hot.AUTOCAST is not None:
        self, other = hot.AUTOCAST("lower", self, other)
    n, m = self._a.ndim, other._a.ndim
    if n == 2 and m == 2:
        return function_of(OPS["mm"])(self, other)
    if not n or not m:
        raise RuntimeError(f"both arguments to matmul need to be at least 1D, but they are {n}D and {m}D")
    if n == 1 and m == 1:
        return function_of(OPS["dot"])(self, other)
    if n == 2 and m == 1:
        return function_of(OPS["mv"])(self, other)
    if n == 1 and m == 2:
        row = function_of(OPS["_squeeze_fresh"])(function_of(OPS["mm"])(self.unsqueeze(0), other))  # type: ignore[attr-defined]
        row._version_counter().version = 1  # PyTorch squeezes the product in place
        return row
    if n >= 3 and m <= 2 and _folds(self._a, other):
        return _folded(self, other)
    if m >= 3 and n <= 2 and _folds(np.swapaxes(other._a, -1, -2), self, n == 2):
        return _folded_behind(self, other)
    left = self if n > 1 else self.unsqueeze(0)  # type: ignore[attr-defined]
    right = other if m > 1 else other.unsqueeze(1)  # type: ignore[attr-defined]
    batch = geometry.broadcast(left._a.shape[:-2], right._a.shape[:-2])
    count = geometry.numel(batch)
    (i, k), (k2, j) = left._a.shape[-2:], right._a.shape[-2:]
    x = views.reshape(views.expand(left, (*batch, i, k)), count, i, k)
    y = views.reshape(views.expand(right, (*batch, k2, j)), count, k2, j)
    out_ = function_of(OPS["bmm"])(x, y)
    shape = batch + ((i,) if n > 1 else ()) + ((j,) if m > 1 else ())
    return unsafe_view(out_, shape)


def _folds(larger: np.ndarray, smaller: Tensor, copies: bool = False) -> bool:
    """Whether a batch is taken as the rows of one matrix. (Where the matrix needs a gradient this is done at the price of a copy,
    since else its gradient would come once per element of the batch.) copies: the product would have to be copied."""
    if smaller._node is not None:
        return True
    if copies:
        return False
    shape, strides = larger.shape, larger.strides
    return not larger.size or all(
        shape[i] == 1 or strides[i] == strides[i + 1] * shape[i + 1] for i in range(larger.ndim - 2)
    )


def _folded(batch: Tensor, other: Tensor) -> Tensor:
    """A batch times a matrix or a vector."""
    from . import views

    a = batch._a.shape
    rows = views.reshape(batch, geometry.numel(a[:-1]), a[-1])
    if other._a.ndim == 1:
        return unsafe_view(function_of(OPS["mv"])(rows, other), a[:-1])
    return unsafe_view(function_of(OPS["mm"])(rows, other), (*a[:-1], other._a.shape[-1]))


def _folded_behind(self: Tensor, batch: Tensor) -> Tensor:
    """A matrix or a vector times a batch, by the transposes."""
    turned = batch.transpose(-2, -1)  # type: ignore[attr-defined]
    if self._a.ndim == 1:
        return _folded(turned, self)
    return _folded(turned, self.t()).transpose(-2, -1).contiguous()  # type: ignore[attr-defined, no-any-return]


def _unsafe_view(a: np.ndarray, size: tuple[int, ...]) -> Any:
    return a.reshape(size)


record(
    "_unsafe_view",
    _unsafe_view,
    "self, size",
    node="UnsafeViewBackward0",
    methods=(),
    self=lambda grad, self_shape: grad.reshape(self_shape),
)


record(
    "_squeeze_fresh",
    lambda a: a.squeeze(0),
    "self",
    node="SqueezeBackward4",
    methods=(),
    self=lambda grad, self_shape: grad.reshape(self_shape),
)


def unsafe_view(t: Tensor, size: tuple[int, ...]) -> Tensor:
    """A fresh result under another shape; it is not a view of anything that anybody else sees."""
    return function_of(OPS["_unsafe_view"])(t, size)


def outer(self: Tensor, vec2: Tensor) -> Tensor:
    """All products of an element of one vector with one of the other."""
    if self.dim() != 1 or vec2.dim() != 1:
        raise RuntimeError(
            f"outer: Expected 1-D argument {'self' if self.dim() != 1 else 'vec2'}, but got {self.dim() if self.dim() != 1 else vec2.dim()}-D"
        )
    return function_of(OPS["mul"])(self.view(-1, 1) if self.is_contiguous() else self.reshape(-1, 1), vec2)  # type: ignore[attr-defined]


def _turned(weight: Tensor) -> Tensor:
    """`weight.t()` that only the graph will see: nobody can write to it, so it need not be known as a view."""
    t = new(Tensor)
    t._a = weight._a.T
    t._v = weight._v or weight._version_counter()
    t._node = None
    if weight._node is not None and is_recording():
        edge = weight._edge()
        t._node = node = new(OPS["t"].node_class())
        node.e0 = weight if edge is LEAF else edge
        node.seq = next_sequence()
        if hot.MADE is not None:
            hot.MADE(node)
    return t


def _biased(bias: Tensor, rows: Tensor, turned: Tensor) -> Tensor:
    """`addmm`, looked up once."""
    global _biased
    _biased = function_of(OPS["addmm"])
    return _biased(bias, rows, turned)  # type: ignore[no-any-return]


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """`input @ weight.T + bias`. Shapes: (*, in), (out, in), (out) → (*, out)."""
    if hot.AUTOCAST is not None:
        input, weight, bias = hot.AUTOCAST("lower", input, weight, bias)
    if bias is not None and input._a.ndim == 2 and weight._a.ndim == 2 and hot.WATCH is None:
        return _biased(bias, input, _turned(weight))
    from . import views

    w = function_of(OPS["t"])(weight)
    if input._a.ndim == 2:
        return function_of(OPS["mm"])(input, w) if bias is None else function_of(OPS["addmm"])(bias, input, w)
    if bias is not None and input._a.ndim and input._a.flags.c_contiguous:
        rows = views.view(input, -1, input._a.shape[-1])
        return views.view(function_of(OPS["addmm"])(bias, rows, w), (*input._a.shape[:-1], weight._a.shape[0]))
    out = matmul(input, w)
    return out if bias is None else out + bias  # type: ignore[operator]


def _at(self: Tensor, other: Any) -> Any:
    """`@`; what is no tensor may answer for itself (an ndarray does, with NumPy's product)."""
    return matmul(self, other) if isinstance(other, Tensor) else NotImplemented


Tensor.matmul = matmul  # type: ignore[attr-defined]
Tensor.__matmul__ = _at  # type: ignore[attr-defined]
Tensor.__rmatmul__ = lambda self, other: matmul(other, self) if isinstance(other, Tensor) else NotImplemented  # type: ignore[attr-defined]
Tensor.outer = Tensor.ger = outer  # type: ignore[attr-defined]
