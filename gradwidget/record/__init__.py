"""Listens to a tensor library and writes events. It knows no consumer: events go where it was told to put them."""

from .from_core import Core
from .provenance import users_frame
from .recorder import Recorder
from .retention import Keep, Retention

__all__ = ["Core", "Keep", "Recorder", "Retention", "users_frame"]
