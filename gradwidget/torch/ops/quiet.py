"""NumPy warns where PyTorch quietly answers inf or nan; inside ops it is told not to.

`np.errstate` would cost half an op, so its context variable is set directly where NumPy (2.0 and later) has one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

try:
    from numpy._core._ufunc_config import _extobj_contextvar as _state
    from numpy._core.umath import _make_extobj

    _IGNORE = _make_extobj(all="ignore")
except ImportError:  # pragma: no cover - a NumPy that keeps it elsewhere
    _state = None


def quiet_now() -> Any:
    """From here on NumPy is quiet; `loud_again` takes what this answers."""
    return _state.set(_IGNORE) if _state is not None else np.seterr(all="ignore")


def loud_again(before: Any) -> None:
    if _state is not None:
        _state.reset(before)
    else:  # pragma: no cover
        np.seterr(**before)


def quiet(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """The kernel without NumPy's floating-point warnings."""
    if _state is None:  # pragma: no cover

        def slowly(*args: Any) -> Any:
            with np.errstate(all="ignore"):
                return kernel(*args)

        return slowly

    put, back, ignore = _state.set, _state.reset, _IGNORE

    def quietly(*args: Any) -> Any:
        token = put(ignore)
        try:
            return kernel(*args)
        finally:
            back(token)

    quietly.ufunc = kernel if isinstance(kernel, np.ufunc) else None  # type: ignore[attr-defined]
    quietly.__doc__ = kernel.__doc__ if not isinstance(kernel, np.ufunc) else None
    return quietly
