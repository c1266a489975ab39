from __future__ import annotations

import os

import pytest

from tests.e2e.jupyterlab import browser, find_chromium, server


@pytest.fixture(scope="session")
def context():
    if find_chromium() is None:
        missing = "no Chromium on PATH (or in $CHROMIUM): the browser is NOT tested"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    with browser() as context:
        yield context


@pytest.fixture(scope="session")
def lab(context, tmp_path_factory):
    with server(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


# What JupyterLab itself says now and then when a kernel restarts under it.
JUPYTERLAB_SAYS = ("Could not restore the debugger state", "Canceled future for ")


@pytest.fixture
def page(context):
    """A fresh page that must not complain: an error on its console, or one that nobody caught, fails the test."""
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(f"uncaught: {error}"))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    yield page
    page.close()
    assert [text for text in errors if not text.startswith(JUPYTERLAB_SAYS)] == []
