"""`torch.hub`: not here."""

from .absent import absent

__getattr__ = absent(__name__, "it downloads nothing")
