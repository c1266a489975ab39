"""Whatever stands in a trace is shown as text: names, lines of source, messages and numbers that are written as HTML or
as script do nothing in the page."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from playwright.sync_api import expect

from gradwidget import events as ev
from gradwidget.explain import ask_trace
from gradwidget.trace import Trace
from gradwidget.widget import bundle
from gradwidget.widget.html import to_html
from gradwidget.widget.svg import draw
from tests.e2e.picture import Picture
from tests.golden import make

HOSTILE = "</script></svg></style><img src=x onerror=\"window.hit='{0}'\"><script>window.hit='{0}'</script>{0}&lt;b&gt;"


def hostile(trace: Trace) -> Trace:
    """The same story, with every text replaced by an attack that carries its field's name."""
    bad = Trace("core", HOSTILE.format("version"), HOSTILE.format("title"))
    for event in trace:
        kind = ev.kind_of(event)
        changed = {
            field: HOSTILE.format(f"{kind}-{field}")
            for field, value in event._asdict().items()
            if isinstance(value, str) and value and (kind, field) not in MEANT and not is_number(kind, field)
        }
        if isinstance(event, ev.Cells | ev.Thumb):
            changed["values"] = (HOSTILE.format("values"), *event.values[1:])
        bad.append(event._replace(**changed))
    return bad


# Words of our own, by which the picture goes.
MEANT = {("freed", "what"), ("op", "mode"), ("scope", "what"), ("tensor", "role"), ("rewire", "why")}


def is_number(kind: str, field: str) -> bool:
    return ev.fields(kind)[field] == ev.Number


def program() -> Trace:
    trace = Trace()
    trace.extend(make.record("stale"))
    trace.append(ev.Problem("error", "RuntimeError: no", (1,), (), None, 1))
    return hostile(trace)


def test_pictures_and_answers_for_other_viewers_hold_it_as_text():
    trace = program()
    tree = ET.fromstring(draw(trace.state()))
    names = {element.tag.rpartition("}")[2] for element in tree.iter()}
    assert names <= {"svg", "style", "g", "rect", "text", "path"}
    for answer in [a for t in trace.state().tensors for a in ask_trace(trace, t)] + ask_trace(trace):
        assert "<img" not in answer.html() and "<script" not in answer.html()


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_of_a_trace_is_taken_for_html(page, tmp_path, language):
    if not bundle.PATH.exists():
        pytest.skip("the bundle is not built")
    asked, dialogs = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.add_init_script("window.hit = null")
    path = to_html(program(), tmp_path / "hostile.html", language=language)
    page.goto(path.as_uri())
    picture = Picture(page)
    picture.slider.wait_for()
    assert page.title() == HOSTILE.format("title")
    picture.press("Home")
    for _ in range(picture.steps()):
        picture.press("ArrowRight")
    expect(picture.root.locator('[data-kind="op"]').first).to_contain_text("op-name")
    text = picture.root.text_content()
    for kind in ("tensor", "op", "node", "storage"):
        for mark in picture.root.locator(f'[data-kind="{kind}"]').all()[:8]:
            mark.dispatch_event("pointerover")
            mark.dispatch_event("pointerdown")
            mark.dispatch_event("pointerup")
            mark.dispatch_event("click")
            text += picture.root.text_content()
            assert page.evaluate("window.hit") is None
    for button in picture.root.locator("button").all():
        if button.is_visible() and button.is_enabled() and not button.get_attribute("download"):
            button.dispatch_event("click")
    page.wait_for_timeout(300)
    text += picture.root.text_content()
    for field in ("op-name", "name-name", "node-name", "source-text", "backwardend-error", "storage-device"):
        assert f"window.hit='{field}'" in text, field  # shown, as it is
    assert page.evaluate("window.hit") is None and not dialogs
    assert page.locator("img, iframe, object, embed, script[src], [onerror], [onload], [onclick]").count() == 0
    assert page.locator("script").count() == 3  # the page's own
    assert [url for url in asked if not url.startswith(("file:", "blob:", "data:"))] == []
