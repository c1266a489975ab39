"""`torch.backends.opt_einsum`: absent."""

enabled = False
strategy = None


def is_available() -> bool:
    return False
