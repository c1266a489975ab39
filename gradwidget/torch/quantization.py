"""`torch.quantization`: not here."""

from .absent import absent

__getattr__ = absent(
    __name__,
    "its numbers are not quantised",
    "DeQuantStub QuantStub convert default_qconfig fuse_modules get_default_qconfig prepare "
    "prepare_qat quantize quantize_dynamic",
)
