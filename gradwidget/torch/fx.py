"""`torch.fx`: not here."""

from .absent import absent

__getattr__ = absent(__name__, "it does not rewrite programs")
