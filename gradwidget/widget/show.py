"""A recorded trace as a picture in a notebook."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from .widget import Widget

if TYPE_CHECKING:
    from ipywidgets import HBox

    from ..trace import Trace


_numbers = itertools.count(1).__next__


def show(
    trace: Trace,
    *,
    beside: Trace | None = None,
    title: str = "",
    height: int | None = None,
    language: str = "",
    start: str = "last",
    in_step: bool | str = False,
) -> Widget | HBox:
    """The picture of a trace, as a widget: make it the last line of a cell.

    beside: another run, side by side with the first and in step with it, with what differs marked in both; title: what stands
    above it; height: in px; language: "en" or "zh", by the notebook's where it is not said; start: "first" to begin after the
    first step, "last" to begin at the end; in_step: pictures that say the same here go through time together. Raises ValueError
    for another start.

    Works wherever anywidgets do: JupyterLab, Notebook 7, VS Code, Colab; in marimo, hand it to `mo.ui.anywidget`.

    >>> with gradwidget.record() as trace:
    ...     loss()
    >>> gradwidget.show(trace, height=700)
    """
    if start not in ("first", "last"):
        raise ValueError(f"start is {start!r}; it may be 'first' or 'last'")
    asked: dict[str, Any] = {"title": title, "height": height, "language": language, "start": start, "in_step": in_step}
    if beside is not None:
        from ipywidgets import HBox

        name = f"runs {_numbers()}"
        pair: dict[str, Any] = {"compare": name, **asked, "in_step": in_step or name}
        other = {**pair, "title": beside.title or title}
        return HBox([_picture(trace, pair), _picture(beside, other)], layout={"width": "100%"})
    return _picture(trace, asked)


def _picture(trace: Trace, asked: dict[str, Any]) -> Widget:
    widget = Widget(options={name: value for name, value in asked.items() if value})
    widget.follow(trace, lambda: None).flush()
    widget.keep()
    return widget
