"""`torch.profiler`: not here."""

from .absent import absent

__getattr__ = absent(
    __name__,
    "gradwidget shows what a program does and how much memory it holds, not how long it takes",
    "DeviceType ExecutionTraceObserver ProfilerAction ProfilerActivity itt kineto_available profile record_function schedule "
    "supported_activities tensorboard_trace_handler",
)
