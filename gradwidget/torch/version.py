"""`torch.version`: whose behaviour this is, and with what."""

__version__ = "2.13.0+gradwidget"
debug = False
cuda = hip = xpu = None
git_version = "unknown"
