"""Layers whose parameters are not filled."""

from __future__ import annotations

import inspect
from typing import Any

from ...random import get_rng_state, set_rng_state
from ..modules.module import Module


def skip_init(module_cls: Any, *args: Any, **kwargs: Any) -> Any:
    """Make a module without filling its parameters. RuntimeError for what is no module, or takes no `device`.

    >>> layer = torch.nn.utils.skip_init(nn.Linear, 10_000, 10_000)
    """
    if not issubclass(module_cls, Module):
        raise RuntimeError(f"Expected a Module; got {module_cls}")
    if "device" not in inspect.signature(module_cls).parameters:
        raise RuntimeError("Module must support a 'device' arg to skip initialization")
    drawn_so_far = get_rng_state()  # what the layer draws for its values counts as not drawn
    try:
        return module_cls(*args, **kwargs)
    finally:
        set_rng_state(drawn_so_far)
