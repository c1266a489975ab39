"""`torch.autograd.profiler`: not here."""

from ..absent import absent

__getattr__ = absent(
    __name__,
    "gradwidget shows what a program does and how much memory it holds, not how long it takes",
    "emit_itt emit_nvtx load_nvprof profile record_function",
)
