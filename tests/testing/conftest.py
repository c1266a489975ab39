"""The fixture, also where gradwidget is not installed as a plugin."""

from gradwidget.pytest_plugin import gradtrace  # noqa: F401
