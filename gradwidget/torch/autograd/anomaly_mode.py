"""`detect_anomaly` and `set_detect_anomaly`."""

from __future__ import annotations

import warnings
from typing import Any

from .. import anomaly

__all__ = ["detect_anomaly", "set_detect_anomaly"]


class set_detect_anomaly:
    """Turn anomaly mode on or off: at once when called, and back again when used as a context.

    With it on, a backward that fails says where the forward op was called; with `check_nan`, one that makes NaN fails.
    """

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self.before = anomaly.enabled, anomaly.check_nan
        anomaly.set_enabled(mode, check_nan)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: Any) -> None:
        anomaly.set_enabled(*self.before)


class detect_anomaly:
    """A context in which backward errors come with the traceback of the forward op that they belong to.

    >>> with torch.autograd.detect_anomaly():
    ...     loss.backward()
    """

    def __init__(self, check_nan: bool = True) -> None:
        self.check_nan = check_nan
        warnings.warn(
            "Anomaly Detection has been enabled. This mode will increase the runtime and should only be enabled for debugging.",
            stacklevel=2,
        )

    def __enter__(self) -> None:
        self.before = anomaly.enabled, anomaly.check_nan
        anomaly.set_enabled(True, self.check_nan)

    def __exit__(self, *error: Any) -> None:
        anomaly.set_enabled(*self.before)
