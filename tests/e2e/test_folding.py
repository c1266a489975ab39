"""Folding, finding and big scenes, in a page opened from a file."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

import gradwidget
from gradwidget import torch
from gradwidget.torch import nn
from tests.e2e.picture import Picture, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STEPS = 5
BRANCHES = 40


def training() -> gradwidget.Trace:
    with gradwidget.record("training") as trace:
        model = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1))
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        x = torch.ones(3, 2)
        for _ in range(STEPS):
            optimizer.zero_grad()
            loss = model(x).pow(2).mean()
            loss.backward()
            optimizer.step()
    return trace


def wide() -> gradwidget.Trace:
    with gradwidget.record("wide") as trace:
        layers = [nn.Linear(2, 2) for _ in range(BRANCHES)]
        x = torch.ones(1, 2)
        torch.stack([layer(x.exp().log().sin().cos().tan()).sum() for layer in layers]).sum().backward()
    return trace


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("folding")
    for name, record in {"training": training, "wide": wide}.items():
        gradwidget.to_html(record(), folder / f"{name}.html")
    return folder


def picture_of(pages, name, page) -> Picture:
    page.goto((pages / f"{name}.html").as_uri())
    picture = Picture(page)
    picture.slider.wait_for()
    wait_for(lambda: picture.root.get_attribute("data-step"), str(picture.steps()))
    return picture


def corner(locator):
    box = locator.bounding_box()
    return round(box["x"] / 3), round(box["y"] / 3)


def test_a_step_of_training_unfolds_where_it_stands(pages, page):
    picture = picture_of(pages, "training", page)
    folded = picture.root.locator(".mark.fold")
    expect(folded).to_have_count(STEPS - 1)
    expect(folded.first).to_contain_text("training step 1")
    expect(folded.first).to_contain_text("loss")
    picture.slider.press("0")  # all of it in the window
    page.wait_for_timeout(600)
    second = picture.root.locator('svg [data-mark="gk2"]')
    sign = second.locator(".sign")
    before = corner(sign)
    second.click()
    page.wait_for_timeout(800)
    assert second.text_content() == "⊟ training step 2"
    after = corner(sign)
    assert abs(before[0] - after[0]) <= 4 and abs(before[1] - after[1]) <= 4, (before, after)
    second.click()
    expect(folded).to_have_count(STEPS - 1)


def test_what_is_folded_is_found(pages, page):
    picture = picture_of(pages, "training", page)
    picture.slider.press("/")
    page.keyboard.type("PowBackward0")
    expect(picture.root.locator(".search .count")).to_have_text(str(STEPS))
    page.keyboard.press("Enter")
    selected = picture.root.locator(".pill.selected")
    expect(selected).to_have_text("pow")
    expect(picture.root.locator('svg [data-mark="gk1"]')).to_have_text("⊟ training step 1")
    page.wait_for_timeout(600)
    box, room = selected.bounding_box(), picture.root.locator(".graph").bounding_box()
    assert abs(box["x"] + box["width"] / 2 - room["x"] - room["width"] / 2) < 40
    page.keyboard.press("Escape")
    expect(picture.root.locator(".search")).to_be_hidden()
    assert page.evaluate("document.activeElement.getAttribute('role')") == "slider"


def test_a_big_scene_is_a_canvas_that_answers_clicks(pages, page):
    picture = picture_of(pages, "wide", page)
    graph = picture.root.locator(".graph")
    assert int(graph.get_attribute("data-marks")) < 400
    for _ in range(6):
        picture.slider.press("]")
        page.wait_for_timeout(500)
    wait_for(lambda: int(graph.get_attribute("data-marks")) > 400, True)
    expect(picture.root.locator("svg [data-mark]")).to_have_count(0)
    picture.slider.press("/")
    page.keyboard.type("stack")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    panel = picture.root.locator('[data-role="panel"]')
    expect(panel).to_contain_text("StackBackward0")
    page.keyboard.press("Escape")  # nothing is selected any more
    expect(panel).not_to_contain_text("StackBackward0")
    page.wait_for_timeout(600)
    room = graph.bounding_box()
    page.mouse.click(room["x"] + room["width"] / 2, room["y"] + room["height"] / 2)
    expect(panel).to_contain_text("StackBackward0")
    expect(picture.root.locator(".minimap")).to_be_visible()
