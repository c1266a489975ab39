"""The built TypeScript: one ES module, `gradwidget/static/widget.js`."""

from __future__ import annotations

import json
from pathlib import Path

PATH = Path(__file__).parent.parent / "static" / "widget.js"
HOW = "Build it with `python js/hatch_build.py` (no Node needed), or install gradwidget from a wheel."


class NotBuilt(RuntimeError):
    """The bundle is missing from this installation."""

    def __init__(self) -> None:
        super().__init__(f"gradwidget's picture is not built: {PATH.name} is missing. {HOW}")


def read() -> str:
    """The module's text; raises NotBuilt where it is missing."""
    try:
        return PATH.read_text(encoding="utf-8")
    except OSError:
        raise NotBuilt from None


def or_message() -> str:
    """The module's text, or that of a module that says what is missing: a message, never a blank."""
    try:
        return read()
    except NotBuilt as error:
        return f"export default {{ render({{ el }}) {{ el.textContent = {json.dumps(str(error))}; }} }};"
