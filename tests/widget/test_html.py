"""The page of its own."""

from __future__ import annotations

import base64
import json
import re
from html import unescape

import pytest

from gradwidget.trace import Trace
from gradwidget.widget import bundle, html


def options_of(page, id_):
    said = re.search(rf'data-options="([^"]*)" id="{id_}"', page)[1]
    return json.loads(unescape(said))


def test_the_page_holds_trace_and_bundle_and_refers_to_nothing_outside(trace, built, tmp_path):
    path = html.to_html(trace, tmp_path / "page.html", 'A "title" <b>')
    page = path.read_text()
    assert "<title>A &quot;title&quot; &lt;b&gt;</title>" in page
    packed = re.search(r'id="gradwidget-trace">([^<]*)<', page)[1]
    assert list(Trace.from_bytes(base64.b64decode(packed))) == list(trace)
    assert "mountReplay(el, bytes)" in page
    assert not re.search(r"(src|href)=|https?://(?!www\.w3\.org)", page)


def test_a_bundle_cannot_end_its_script_element(trace, built, tmp_path):
    built.write_text("const a = '</script><!--<script>'; export const mountReplay = 1;")
    page = html.to_html(trace, tmp_path / "page.html").read_text()
    inner = page.partition('id="gradwidget-bundle">')[2]
    assert inner.index("</script>") > inner.index("mountReplay = 1;")
    assert "<!--" not in inner.partition("</script>")[0]


def test_options_are_handed_to_the_view(trace, built, tmp_path):
    page = html.to_html(trace, tmp_path / "page.html", theme="</script>").read_text()
    assert options_of(page, "gradwidget-trace")["theme"] == "</script>"
    assert "</script>&quot;" not in page


def test_another_run_stands_beside_the_first_to_be_compared(trace, built, tmp_path):
    other = Trace.from_bytes(trace.to_bytes())
    other.title = "the other"
    page = html.to_html(trace, tmp_path / "page.html", "one", beside=other).read_text()
    one, two = options_of(page, "gradwidget-trace"), options_of(page, "gradwidget-beside")
    assert [one["title"], two["title"]] == ["one", "the other"]
    assert one["compare"] == two["compare"] and one["in_step"] == two["in_step"]
    assert "compare" not in options_of(html.to_html(trace, tmp_path / "page.html").read_text(), "gradwidget-trace")


def test_a_missing_bundle_is_a_clear_error(trace, monkeypatch, tmp_path):
    monkeypatch.setattr(bundle, "PATH", tmp_path / "nothing.js")
    with pytest.raises(bundle.NotBuilt, match="is missing"):
        html.to_html(trace, tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()


def test_answers_come_along_in_both_languages(built, tmp_path):
    from gradwidget import record, torch

    with record("<b>") as trace:
        x = torch.ones(2, requires_grad=True)
        y = x.exp()
        y.data.zero_()
        y.sum().backward()
    page = html.to_html(trace, tmp_path / "page.html").read_text()
    options = options_of(page, "gradwidget-trace")
    (problem,) = [key for key in options["answers"]["en"] if key.startswith("p")]
    assert options["answers"]["en"][problem][0]["key"] == "silent-write"
    assert options["answers"]["zh"]["t2"][0]["title"] == "y 被改写而 autograd 没有察觉"
    assert options["answers"]["en"]["t1"][0]["fix"] == "y = y.clone()\ny.zero_()"
    assert "<b>" not in page.partition("</head>")[2]
