"""The picture in Notebook 7, where there is no JupyterLab around it."""

from __future__ import annotations

import contextlib

import pytest

from tests.e2e.picture import Picture, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CELLS = [
    "%load_ext gradwidget\nfrom gradwidget import torch",
    "x = torch.tensor([1.0, 2.0], requires_grad=True)\ny = (x * x).sum()",
    "y.backward()",
]


def test_it_grows_with_every_cell(lab, context):
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(error.stack or str(error)))
    page.goto(f"{lab.url}/notebooks/{lab.write('seven.ipynb', CELLS)}")
    page.locator(".jp-Notebook").wait_for()
    page.wait_for_function("document.querySelectorAll('.jp-CodeCell').length === 3")
    page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').wait_for()  # the kernel is there
    last = page.locator(".jp-CodeCell .jp-InputPrompt").nth(len(CELLS) - 1)
    for _ in range(5):  # Notebook 7 forgets what is asked of it before it has found its kernel
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        with contextlib.suppress(AssertionError):
            wait_for(lambda: last.inner_text() in ("[ ]:", "[*]:"), False)
            break
    picture = Picture(page)
    picture.slider.wait_for(timeout=60_000)
    wait_for(lambda: {"x", "y"} <= picture.names(), True)
    picture.press("Home")
    picture.wait_for_names(set())
    picture.press("End")
    wait_for(lambda: "SumBackward0" in picture.root.aria_snapshot(), True)
    page.close()
    assert [stack for stack in errors if "/static/notebook/" not in stack] == []  # Notebook 7 has some of its own
