"""What a tensor of PyTorch contains, as arrays for `values`. They are looked at at once and never kept."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

PLAIN = (torch.Tensor, torch.nn.Parameter)
strided = torch.strided
wrapped = torch._C._functorch.is_functorch_wrapped_tensor


def readable(tensor: Any) -> bool:
    """Whether it has elements that can be looked at: not a wrapper, a fake, a lazy or a sparse one."""
    if type(tensor) not in PLAIN or tensor.layout is not strided:
        return False
    if tensor.is_quantized or tensor._is_zerotensor() or wrapped(tensor):
        return False
    try:
        tensor.untyped_storage()
    except (NotImplementedError, RuntimeError):
        return False
    return True


def cells(tensor: Any) -> int:
    """How many elements its storage holds."""
    return tensor.untyped_storage().nbytes() // tensor.element_size()


def whole(tensor: Any) -> np.ndarray:
    """Every element of its storage."""
    return array(tensor.detach().as_strided((cells(tensor),), (1,), 0))


def window(tensor: Any) -> np.ndarray:
    return array(tensor.detach())


def array(tensor: Any) -> np.ndarray:
    tensor = tensor.cpu().resolve_conj().resolve_neg()
    if tensor.dtype is torch.bfloat16:
        import ml_dtypes

        return tensor.view(torch.int16).numpy().view(ml_dtypes.bfloat16)
    if tensor.dtype.itemsize == 1 and tensor.dtype.is_floating_point:
        tensor = tensor.float()
    return tensor.numpy()
