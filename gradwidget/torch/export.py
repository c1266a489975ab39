"""`torch.export`: not here."""

from .absent import absent

__getattr__ = absent(
    __name__,
    "it does not rewrite programs",
    "Dim ExportedProgram ShapesCollection export load register_dataclass save unflatten",
)
