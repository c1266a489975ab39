"""`torch.backends.openmp`: absent; NumPy has its own."""


def is_available() -> bool:
    return False
