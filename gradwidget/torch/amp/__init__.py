"""Mixed precision: `autocast` chooses the dtype that each op computes in, `GradScaler` keeps small gradients from vanishing."""

from ..late import names_of

FILES = {
    "autocast_mode": "autocast custom_bwd custom_fwd is_autocast_available",
    "grad_scaler": "GradScaler",
}

__getattr__, __all__ = names_of(globals(), FILES)
