"""`torch.masked`: reductions and normalisations that leave out what a mask rules out."""

from __future__ import annotations

from typing import Any

from ..late import names_of

_find, __all__ = names_of(
    globals(),
    {
        "arguments": "_canonical_dim _combine_input_and_mask _input_mask _output_mask _reduction_identity _where",
        "normalizations": "cumprod cumsum log_softmax logaddexp normalize softmax softmin",
        "reductions": "amax amin argmax argmin logsumexp mean median norm prod std sum var",
    },
)
_TENSORS = ("MaskedTensor", "as_masked_tensor", "is_masked_tensor", "masked_tensor")


def __getattr__(name: str) -> Any:
    if name in _TENSORS:
        raise AttributeError(
            f"gradwidget.torch.masked has no '{name}': tensors that carry their mask need real PyTorch; the functions here take a mask."
        )
    return _find(name)
