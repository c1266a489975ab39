"""`torch.profiler`: not here."""

from .absent import absent

__getattr__ = absent(
    __name__, "gradwidget shows what a program does and how much memory it holds, not how long it takes"
)
