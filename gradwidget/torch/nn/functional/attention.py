"""Attention with several heads."""

from __future__ import annotations

import math
from typing import Any

from ...ops import attention
from ...ops.creation import zeros, zeros_like
from ...ops.matrix import linear
from ...ops.shape import cat
from ...tensor import Tensor
from .dropouts import dropout

scaled_dot_product_attention = attention.scaled_dot_product_attention


def _canonical_mask(
    mask: Any, mask_name: str, other_type: Any, other_name: str, target_type: Any, check_other: bool = True
) -> Any:
    """A mask as numbers to add: booleans say where *not* to look."""
    if mask is None:
        return None
    import warnings

    is_bool = str(mask.dtype) == "torch.bool"
    if not is_bool and not mask.is_floating_point():
        raise AssertionError(f"only bool and floating types of {mask_name} are supported")
    if check_other and other_type is not None and mask.dtype != other_type:
        warnings.warn(
            f"Support for mismatched {mask_name} and {other_name} is deprecated. Use same type for both instead.",
            stacklevel=3,
        )
    if not is_bool:
        return mask
    return zeros_like(mask, dtype=target_type).masked_fill_(mask, -math.inf)  # type: ignore[attr-defined]


def _none_or_dtype(t: Any) -> Any:
    return None if t is None else t.dtype


def _check_shapes(query: Any, key: Any, value: Any, padding: Any, mask: Any, heads: int) -> bool:
    """Whether there is a batch. Raises AssertionError for shapes that do not go together."""
    dims = query.dim()
    if dims not in (2, 3):
        raise AssertionError(f"query should be unbatched 2D or batched 3D tensor but received {dims}-D query tensor")
    kind = "batched (3-D)" if dims == 3 else "unbatched (2-D)"
    want = dims
    if key.dim() != want or value.dim() != want:
        raise AssertionError(
            f"For {kind} `query`, expected `key` and `value` to be {want}-D"
            f" but found {key.dim()}-D and {value.dim()}-D tensors respectively"
        )
    if padding is not None and padding.dim() != want - 1:
        raise AssertionError(
            f"For {kind} `query`, expected `key_padding_mask` to be `None` or {want - 1}-D"
            f" but found {padding.dim()}-D tensor instead"
        )
    if mask is not None and mask.dim() not in (2, 3):
        raise AssertionError(
            f"For {kind} `query`, expected `attn_mask` to be `None`, 2-D or 3-D but found {mask.dim()}-D tensor instead"
        )
    if dims == 2 and mask is not None and mask.dim() == 3:
        expected = (heads, query.shape[0], key.shape[0])
        if tuple(mask.shape) != expected:
            raise AssertionError(f"Expected `attn_mask` shape to be {expected} but got {mask.shape}")
    return dims == 3


def _projected(query: Any, key: Any, value: Any, weight: Any, bias: Any) -> tuple[Any, Any, Any]:
    """q, k and v by one matrix (3 E, E)."""
    width = query.size(-1)
    if key is value and query is key:
        out = linear(query, weight, bias)
        out = out.unflatten(-1, (3, width)).unsqueeze(0).transpose(0, -2).squeeze(-2).contiguous()  # type: ignore[attr-defined]
        return out[0], out[1], out[2]
    if key is value:
        w_q, w_kv = weight.split([width, width * 2])
        b_q, b_kv = (None, None) if bias is None else bias.split([width, width * 2])
        q = linear(query, w_q, b_q)
        both = linear(key, w_kv, b_kv)
        both = both.unflatten(-1, (2, width)).unsqueeze(0).transpose(0, -2).squeeze(-2).contiguous()  # type: ignore[attr-defined]
        return q, both[0], both[1]
    biases = (None, None, None) if bias is None else bias.chunk(3)
    return tuple(linear(t, w, b) for t, w, b in zip((query, key, value), weight.chunk(3), biases))  # type: ignore[return-value]


def multi_head_attention_forward(
    query: Any,
    key: Any,
    value: Any,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Any,
    in_proj_bias: Any,
    bias_k: Any,
    bias_v: Any,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Any,
    out_proj_bias: Any,
    training: bool = True,
    key_padding_mask: Any = None,
    need_weights: bool = True,
    attn_mask: Any = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Any = None,
    k_proj_weight: Any = None,
    v_proj_weight: Any = None,
    static_k: Any = None,
    static_v: Any = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Tensor, Tensor | None]:
    """Attention with several heads over (length, batch, embedding): the outputs, and the weights where they are needed."""
    from . import pad

    batched = _check_shapes(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not batched:
        query, key, value = query.unsqueeze(1), key.unsqueeze(1), value.unsqueeze(1)
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    length, batch, width = query.shape
    key_padding_mask = _canonical_mask(
        key_padding_mask, "key_padding_mask", _none_or_dtype(attn_mask), "attn_mask", query.dtype
    )
    if is_causal and attn_mask is None:
        raise RuntimeError(
            "Need attn_mask if specifying the is_causal hint. "
            "You may use the Transformer module method "
            "`generate_square_subsequent_mask` to create this mask."
        )
    if is_causal and key_padding_mask is None and not need_weights:
        attn_mask = None
    else:
        attn_mask = _canonical_mask(attn_mask, "attn_mask", None, "", query.dtype, check_other=False)
        is_causal = is_causal and key_padding_mask is None
    if width != embed_dim_to_check:
        raise AssertionError(f"was expecting embedding dimension of {embed_dim_to_check}, but got {width}")
    head = width // num_heads
    if head * num_heads != width:
        raise AssertionError(f"embed_dim {width} not divisible by num_heads {num_heads}")
    if use_separate_proj_weight:
        if key.shape[:2] != value.shape[:2]:
            raise AssertionError(
                f"key's sequence and batch dims {key.shape[:2]} do not match value's {value.shape[:2]}"
            )
        biases = (None, None, None) if in_proj_bias is None else in_proj_bias.chunk(3)
        weights = q_proj_weight, k_proj_weight, v_proj_weight
        q, k, v = (linear(t, w, b) for t, w, b in zip((query, key, value), weights, biases))  # type: ignore[misc]
    else:
        if key.shape != value.shape:
            raise AssertionError(f"key shape {key.shape} does not match value shape {value.shape}")
        q, k, v = _projected(query, key, value, in_proj_weight, in_proj_bias)
    source = k.shape[0]
    if attn_mask is not None:
        for dims, size in ((2, (length, source)), (3, (batch * num_heads, length, source))):
            if attn_mask.dim() == dims and tuple(attn_mask.shape) != size:
                raise RuntimeError(f"The shape of the {dims}D attn_mask is {attn_mask.shape}, but should be {size}.")
        if attn_mask.dim() == 2:
            attn_mask = attn_mask.unsqueeze(0)
    if bias_k is not None and bias_v is not None:
        k, v = cat([k, bias_k.repeat(1, batch, 1)]), cat([v, bias_v.repeat(1, batch, 1)])
        attn_mask, key_padding_mask = (None if m is None else pad(m, (0, 1)) for m in (attn_mask, key_padding_mask))
    rows = batch * num_heads
    q = q.view(length, rows, head).transpose(0, 1)  # type: ignore[attr-defined]
    k = k.view(k.shape[0], rows, head).transpose(0, 1) if static_k is None else static_k
    v = v.view(v.shape[0], rows, head).transpose(0, 1) if static_v is None else static_v
    if add_zero_attn:
        k, v = (cat([t, zeros(rows, 1, head, dtype=t.dtype, device=t.device)], 1) for t in (k, v))
        attn_mask, key_padding_mask = (None if m is None else pad(m, (0, 1)) for m in (attn_mask, key_padding_mask))
    source = k.size(1)
    if key_padding_mask is not None:
        if tuple(key_padding_mask.shape) != (batch, source):
            at = 0 if key_padding_mask.shape[0] != batch else 1
            raise RuntimeError(
                f"Expected key_padded_mask.shape[{at}] to be {(batch, source)[at]}, but got {key_padding_mask.shape[at]}"
            )
        spread = key_padding_mask.view(batch, 1, 1, source).expand(-1, num_heads, -1, -1).reshape(rows, 1, source)
        attn_mask = spread if attn_mask is None else attn_mask + spread
    dropout_p = dropout_p if training else 0.0
    if need_weights:
        scaled = q * math.sqrt(1.0 / float(head))
        scores = (
            scaled.bmm(k.transpose(-2, -1)) if attn_mask is None else attn_mask.baddbmm(scaled, k.transpose(-2, -1))
        )
        seen = scores.softmax(-1)
        if dropout_p > 0.0:
            seen = dropout(seen, dropout_p)
        out = seen.bmm(v).transpose(0, 1).reshape(length * batch, width)
        out = linear(out, out_proj_weight, out_proj_bias)
        out = out.view(length, batch, out.size(1))
        seen = seen.view(batch, num_heads, length, source)
        if average_attn_weights:
            seen = seen.mean(1)
        return (out, seen) if batched else (out.squeeze(1), seen.squeeze(0))
    if attn_mask is not None:
        alone = attn_mask.size(0) == 1 and attn_mask.dim() == 3
        attn_mask = attn_mask.unsqueeze(0) if alone else attn_mask.view(batch, num_heads, -1, source)
    q = q.view(batch, num_heads, length, head)
    k, v = (t.view(batch, num_heads, source, head) for t in (k, v))
    out = scaled_dot_product_attention(q, k, v, attn_mask, dropout_p, is_causal)
    out = out.permute(2, 0, 1, 3).contiguous().view(batch * length, width)
    out = linear(out, out_proj_weight, out_proj_bias)
    out = out.view(length, batch, out.size(1))
    return (out if batched else out.squeeze(1)), None
