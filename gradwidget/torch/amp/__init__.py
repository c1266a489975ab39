"""Mixed precision, where it is switched off: every operation computes in the dtype that it is given here."""

from ..late import names_of

FILES = {"autocast_mode": "autocast is_autocast_available", "grad_scaler": "GradScaler"}

__getattr__, __all__ = names_of(globals(), FILES)
