"""`torch.backends.quantized`: absent."""

engine = "none"
supported_engines: list[str] = []
