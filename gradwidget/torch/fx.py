"""`torch.fx`: not here."""

from .absent import absent

__getattr__ = absent(
    __name__,
    "it does not rewrite programs",
    "CodeGen Graph GraphModule Interpreter Node Proxy Tracer Transformer replace_pattern symbolic_trace wrap",
)
