"""Which file holds what `torch` shows besides ops: imported when somebody uses it."""

from __future__ import annotations

FILES = {
    "serialization": "load save",
}
HOMES = {name: file for file, names in FILES.items() for name in names.split()}
