"""The picture inside a real JupyterLab: it grows, goes back, and survives its kernel."""

from __future__ import annotations

import re
import shutil

import pytest

from tests.e2e.jupyterlab import ROOT
from tests.e2e.picture import Picture

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PROGRAM = [
    "%load_ext gradwidget\nfrom gradwidget import torch",
    "x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)",
    "y = x * 2",
    "loss = y.sum()",
    "loss.backward()",
]


@pytest.fixture
def notebook(lab, page, request):
    """The program above, run; each test has a notebook, and so a kernel, of its own."""
    notebook = lab.open(page, lab.write(f"{request.node.name}.ipynb", PROGRAM))
    notebook.run_all()
    return notebook


@pytest.fixture
def picture(notebook, page):
    return Picture(page)


def test_every_tensor_has_a_card_with_its_name(picture):
    picture.wait_for_names({"x", "y", "loss"})
    assert picture.ops() == ["mul", "sum"]


def test_scrubbing_back_takes_the_state_back(picture):
    picture.wait_for_names({"x", "y", "loss"})
    end = picture.step()
    picture.press("Home")
    picture.wait_for_names(set())
    seen = [picture.names()]
    while picture.step() < end:
        picture.press("ArrowRight")
        if seen[-1] != picture.names():
            seen.append(picture.names())
    assert seen == [set(), {"x"}, {"x", "y"}, {"x", "y", "loss"}]


def test_a_later_cell_grows_the_same_picture(notebook, picture, page):
    picture.wait_for_names({"x", "y", "loss"})
    notebook.run("z = y.detach()")
    picture.wait_for_names({"x", "y", "loss", "z"})
    assert page.locator(".gradwidget").count() == 1


def test_restarted_kernel_leaves_the_picture_usable(notebook, picture):
    picture.wait_for_names({"x", "y", "loss"})
    notebook.restart_kernel()
    picture.wait_for_status(re.compile("disconnected", re.IGNORECASE))
    assert picture.names() == {"x", "y", "loss"}
    picture.press("Home")
    picture.wait_for_names(set())
    picture.press("End")
    picture.wait_for_names({"x", "y", "loss"})


def test_running_everything_again_shows_the_picture_again(notebook, picture):
    picture.wait_for_names({"x", "y", "loss"})
    notebook.run_all()
    assert picture.root.count() == 1
    picture.wait_for_names({"x", "y", "loss"})


def test_saved_notebook_shows_the_picture_without_running(lab, notebook, picture, page):
    picture.wait_for_names({"x", "y", "loss"})
    notebook.save()
    notebook.shut_down_kernel()
    reopened = lab.open(page, notebook.name)
    assert reopened.outputs()[0], "the first cell's output was not saved"
    picture.wait_for_names({"x", "y", "loss"})


def test_the_first_lesson_runs(lab, page):
    shutil.copy(ROOT / "notebooks" / "05-detach.en.ipynb", lab.notebooks)
    notebook = lab.open(page, "05-detach.en.ipynb")
    notebook.run_all()
    Picture(page).wait_for_names({"x", "y", "loss"})
    assert page.locator(".gradwidget").count() == 8  # the first two sections share one
    kinds = [output["output_type"] for outputs in notebook.outputs() for output in outputs]
    assert kinds.count("error") == 1


def test_the_kernel_answers_why(notebook, picture, page):
    picture.wait_for_names({"x", "y", "loss"})
    notebook.run("z = y.detach()")
    picture.wait_for_names({"x", "y", "loss", "z"})
    page.locator(".gradwidget .mark.card", has=page.locator("text.name", has_text=re.compile("^z$"))).click()
    page.locator(".gradwidget .asks button", has_text="requires grad").click()
    answer = page.locator('.gradwidget .answers .why[data-key="cut-detach"]')
    answer.wait_for(timeout=15_000)
    assert "z = y.detach()" in answer.inner_text() and "z = y\n" in answer.inner_text() + "\n"
