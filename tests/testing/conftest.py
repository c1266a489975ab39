"""The fixture, also where gradwidget is not installed as a plugin; and both libraries."""

from __future__ import annotations

import importlib

import pytest

from gradwidget.pytest_plugin import gradtrace  # noqa: F401


@pytest.fixture(params=["gradwidget.torch", "torch"])
def torch(request):
    """The core, and PyTorch itself."""
    return importlib.import_module(request.param)


@pytest.fixture(params=["recorded", "snapshot"])
def either(request):
    """With a recording, and without."""
    if request.param == "recorded":
        request.getfixturevalue("gradtrace")
    return request.param
