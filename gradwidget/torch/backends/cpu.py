"""`torch.backends.cpu`."""


def get_cpu_capability() -> str:
    """PyTorch's name for having no special instructions: NumPy chooses its own."""
    return "DEFAULT"
