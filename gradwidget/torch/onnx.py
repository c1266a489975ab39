"""`torch.onnx`: not here."""

from .absent import absent

__getattr__ = absent(
    __name__,
    "it writes no ONNX files",
    "dynamo_export export register_custom_op_symbolic",
)
