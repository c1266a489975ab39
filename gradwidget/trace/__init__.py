"""The record of what happened: appended to, saved, loaded, folded into the state at any moment, taken as a graph."""

from .compare import compare
from .state import State, state_at, to_json
from .store import Trace, TraceError

__all__ = ["State", "Trace", "TraceError", "compare", "state_at", "to_json"]
