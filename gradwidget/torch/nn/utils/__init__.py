"""`torch.nn.utils`: gradients clipped, parameters as one vector."""

import importlib
from typing import Any

from .clip_grad import clip_grad_norm, clip_grad_norm_, clip_grad_value_, get_total_norm
from .convert_parameters import parameters_to_vector, vector_to_parameters


def __getattr__(name: str) -> Any:
    """Modules of this package, and the older functions, when first asked for."""
    if name in ("weight_norm", "spectral_norm"):
        from . import parametrizations

        return getattr(parametrizations, name)
    if name in ("remove_weight_norm", "remove_spectral_norm"):
        from .parametrize import remove_parametrizations

        return lambda module, name="weight": remove_parametrizations(module, name)
    if not name.startswith("__"):
        try:
            return importlib.import_module(f"{__name__}.{name}")
        except ModuleNotFoundError as error:
            if error.name != f"{__name__}.{name}":
                raise
    raise AttributeError(f"module 'torch.nn.utils' has no attribute '{name}'")


__all__ = [
    "clip_grad_norm",
    "clip_grad_norm_",
    "clip_grad_value_",
    "get_total_norm",
    "parameters_to_vector",
    "vector_to_parameters",
]
