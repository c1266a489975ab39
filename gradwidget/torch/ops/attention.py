"""Scaled dot-product attention: softmax(q kᵀ / √d + mask) v (Vaswani et al. 2017).

As in PyTorch on the CPU, four-dimensional queries without dropout are one op, which keeps only the logarithms of the
softmax's sums for the way back (Dao et al. 2022, "FlashAttention"); everything else is written out in small ops.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from .. import autocasting, dtypes, geometry, hot, sdp
from ..grad_mode import enable_grad
from ..tensor import Tensor, from_array
from .both import array
from .registry import OPS, function_of, public, record
from .softmax import exponentials


def _scale_of(scale: float | None, width: int) -> float:
    return 1 / math.sqrt(width) if scale is None else scale


@functools.lru_cache(maxsize=16)
def _later(length: int, source: int) -> np.ndarray:
    """What a causal query may not look at."""
    return ~np.tri(length, source, dtype=bool)


def _scores(q: np.ndarray, k: np.ndarray, causal: bool, mask: Any, scale: float | None) -> np.ndarray:
    q = np.multiply(q, q.dtype.type(_scale_of(scale, q.shape[-1])), order="C")
    s = np.matmul(q, k.swapaxes(-1, -2))
    if causal:
        np.copyto(s, -np.inf, where=_later(q.shape[-2], k.shape[-2]))
    if mask is not None:
        if mask.dtype == bool:
            np.copyto(s, -np.inf, where=~mask)
        else:
            s += mask
    return s


def _for_every_head(query: np.ndarray, *shared: np.ndarray) -> Any:
    """Keys and values, of which several heads of the query may share one."""
    groups = query.shape[1] // shared[0].shape[1]
    return shared if groups == 1 else tuple(x.repeat(groups, 1) for x in shared)


def _flash(
    query: np.ndarray, key: np.ndarray, value: np.ndarray, dropout_p: float, is_causal: bool, attn_mask: Any, scale: float | None
) -> Any:  # fmt: skip
    """The result, and the logarithm of each row's sum of exponentials."""
    key, value = _for_every_head(query, key, value)
    s, total, top = exponentials(_scores(query, key, is_causal, attn_mask, scale), 3, empty_rows=True)
    s /= np.where(total == 0, 1, total).astype(s.dtype, copy=False)
    out = np.empty_like(query)
    np.matmul(s, value, out=out)
    return out, (np.log(total) + top)[..., 0]


def _flash_back(
    grad: Any, query: Any, key: Any, value: Any, is_causal: bool, attn_mask: Any, scale: float | None, result: Any, result1: Any
) -> tuple[Any, ...]:  # fmt: skip
    """The gradients of q, k and v."""
    if isinstance(grad, Tensor):
        from ..autograd import grad as gradients

        with enable_grad():
            apart = [t.view_as(t) for t in (query, key, value)]
            groups = query.size(1) // key.size(1)
            q, k, v = apart if groups == 1 else (apart[0], *(t.repeat_interleave(groups, 1) for t in apart[1:]))
            out = _written_out(q, k, v, attn_mask, 0.0, is_causal, scale)
        wanted = [t for t in apart if t.requires_grad]
        found = iter(gradients(out, wanted, grad, create_graph=True))
        return tuple(next(found) if t.requires_grad else None for t in apart)
    mask = None if attn_mask is None else array(attn_mask)
    shared = key.shape
    key, value = _for_every_head(query, key, value)
    p = _scores(query, key, is_causal, mask, scale)
    p -= np.where(np.isneginf(result1), 0, result1)[..., None]
    np.exp(p, out=p)
    d_value = np.matmul(p.swapaxes(-1, -2), grad)
    d_p = np.matmul(grad, value.swapaxes(-1, -2))
    d_p -= np.einsum("...i,...i->...", grad, result)[..., None]
    d_p *= p
    d_p *= d_p.dtype.type(_scale_of(scale, query.shape[-1]))
    d_key = np.matmul(d_p.swapaxes(-1, -2), query)
    if shared[1] != query.shape[1]:
        d_key, d_value = (g.reshape(*shared[:2], -1, *shared[2:]).sum(2) for g in (d_key, d_value))
    return np.matmul(d_p, key), d_key, d_value


record(
    "_scaled_dot_product_flash_attention_for_cpu",
    _flash,
    "query, key, value, dropout_p=0.0, is_causal=False, attn_mask=None, scale=None",
    tensors=("query", "key", "value", "attn_mask"),
    node="ScaledDotProductFlashAttentionForCpuBackward0",
    methods=(),
    outputs=2,
    shared=_flash_back,
    query=lambda shared: shared[0],
    key=lambda shared: shared[1],
    value=lambda shared: shared[2],
)


def _safe_softmax(x: np.ndarray, dim: int) -> Any:
    """softmax, 0 where a row may look at nothing."""
    e, total, _ = exponentials(x, dim, empty_rows=True)
    return e / np.where(total == 0, 1, total).astype(x.dtype, copy=False)


def _softmax_back(grad: Any, result: Any, dim: int) -> Any:
    part = grad * result
    return part - result * (part.sum(dim, keepdim=True) if isinstance(part, Tensor) else part.sum(dim, keepdims=True))  # type: ignore[attr-defined]


record("_safe_softmax", _safe_softmax, "self, dim", node="SafeSoftmaxBackward0", methods=(), self=_softmax_back)


def _written_out(
    query: Any, key: Any, value: Any, mask: Any, dropout_p: float, is_causal: bool, scale: float | None
) -> Any:
    times = function_of(OPS["mul_number"])
    root = math.sqrt(_scale_of(scale, query.size(-1)))
    if is_causal:
        allowed = np.tri(query.size(-2), key.size(-2), dtype=bool)
        mask = from_array(np.where(allowed, 0, -np.inf).astype(array(query).dtype))
    elif mask is not None and mask._a.dtype == np.bool_:
        mask = from_array(np.where(array(mask), 0, -np.inf).astype(array(query).dtype))
    scores = times(query, root) @ times(key.transpose(-2, -1), root)
    if mask is not None:
        scores = scores + mask
    weights = function_of(OPS["_safe_softmax"])(scores, scores.dim() - 1)
    if dropout_p > 0:
        from ..nn.functional.dropouts import dropout

        weights = dropout(weights, dropout_p, True)
    return weights @ value


@public(method=False)
def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """softmax(q kᵀ · scale + mask) v. query: (..., L, E), key: (..., S, E), value: (..., S, Ev) → (..., L, Ev).

    attn_mask: booleans (may look) or numbers that are added; `is_causal`: look at nothing later; `enable_gqa`: several
    heads of the query share one of key and value.
    """
    if hot.AUTOCAST is not None:
        query, key, value, attn_mask = hot.AUTOCAST("lower", query, key, value, attn_mask)
        if autocasting.state.enabled:
            with autocasting.off():
                return scaled_dot_product_attention(
                    query, key, value, attn_mask, dropout_p, is_causal, scale, enable_gqa
                )
    if attn_mask is not None and is_causal:
        raise RuntimeError("_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True")
    if not (query.dtype == key.dtype == value.dtype):
        raise RuntimeError(
            "Expected query, key, and value to have the same dtype, but got query.dtype: "
            f"{query.dtype.name} key.dtype: {key.dtype.name} and value.dtype: {value.dtype.name} instead."
        )
    if min(query.dim(), key.dim(), value.dim()) < 2:
        raise RuntimeError(
            "Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: "
            f"{query.dim()}, key.dim: {key.dim()} and value.dim: {value.dim()} instead."
        )
    if attn_mask is not None and attn_mask._a.dtype != np.bool_ and attn_mask.dtype != query.dtype:
        raise RuntimeError(
            "Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: "
            f"{attn_mask.dtype.name} and  query.dtype: {query.dtype.name} instead."
        )
    if enable_gqa and (query.size(-3) % key.size(-3) or query.size(-3) % value.size(-3)):
        raise RuntimeError("Number of heads in key and value must divide the number of heads in ")
    fused = (
        sdp.allowed["flash"]
        and query.dim() == key.dim() == value.dim() == 4
        and dropout_p == 0
        and query.size(0) == key.size(0) == value.size(0)
        and key.size(1) == value.size(1)
        and (enable_gqa or query.size(1) == key.size(1))
        and query.size(-1) == key.size(-1) == value.size(-1)
        and key.size(-2) == value.size(-2)
        and query.numel() > 0
        and key.numel() > 0
        and (attn_mask is None or not attn_mask.requires_grad)
        and type(query._a) is np.ndarray
        and query._a.dtype.kind in "fV"
    )
    if fused and attn_mask is not None:
        target = (*query.shape[:2], query.size(-2), key.size(-2))
        fused = attn_mask.dim() in (2, 4) and geometry.broadcast(attn_mask._a.shape, target) == target
    if not fused:
        if not sdp.allowed["math"]:
            raise RuntimeError(
                "No viable backend for scaled_dot_product_attention was found. This is likely due to turning off both the math "
                "kernel and the fused kernels."
            )
        if enable_gqa:
            key, value = (t.repeat_interleave(query.size(-3) // t.size(-3), -3) for t in (key, value))
        low = query.dtype if query._a.dtype.itemsize == 2 else None  # computed in float32, as a whole
        if low is not None:
            query, key, value = (t.to(dtypes.float32) for t in (query, key, value))
        out = _written_out(query, key, value, attn_mask, dropout_p, is_causal, scale)
        return out if low is None else out.to(low)  # type: ignore[no-any-return]
    attend = function_of(OPS["_scaled_dot_product_flash_attention_for_cpu"])
    return attend(query, key, value, 0.0, is_causal, attn_mask, scale)[0]  # type: ignore[no-any-return]
