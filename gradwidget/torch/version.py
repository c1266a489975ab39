"""`torch.version`: whose behaviour this is, and with what."""

from .torch_version import __version__ as __version__

debug = False
cuda = hip = xpu = None
git_version = "unknown"
