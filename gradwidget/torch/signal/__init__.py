"""`torch.signal`: windows for signals."""

from __future__ import annotations

from ..late import names_of

__getattr__, __all__ = names_of(globals(), {"windows": ""})
