"""`torch.ao`: not here."""

from .absent import absent

__getattr__ = absent(__name__, "its numbers are not quantised")
