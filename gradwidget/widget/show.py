"""A recorded trace as a picture in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .widget import Widget

if TYPE_CHECKING:
    from ..trace import Trace


def show(
    trace: Trace,
    *,
    title: str = "",
    height: int | None = None,
    language: str = "",
    start: str = "last",
    in_step: bool | str = False,
) -> Widget:
    """The picture of a trace, as a widget: make it the last line of a cell.

    title: what stands above it; height: in px; language: "en" or "zh", by the notebook's where it is not said; start: "first" to
    begin after the first step, "last" to begin at the end; in_step: pictures that say the same here go through time together.
    Raises ValueError for another start.

    Works wherever anywidgets do: JupyterLab, Notebook 7, VS Code, Colab; in marimo, hand it to `mo.ui.anywidget`.

    >>> with gradwidget.record() as trace:
    ...     loss()
    >>> gradwidget.show(trace, height=700)
    """
    if start not in ("first", "last"):
        raise ValueError(f"start is {start!r}; it may be 'first' or 'last'")
    asked: dict[str, Any] = {"title": title, "height": height, "language": language, "start": start, "in_step": in_step}
    widget = Widget(options={name: value for name, value in asked.items() if value})
    widget.follow(trace, lambda: None).flush()
    widget.keep()
    return widget
