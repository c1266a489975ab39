"""The page of its own."""

from __future__ import annotations

import base64
import re

import pytest

from gradwidget.trace import Trace
from gradwidget.widget import bundle, html


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
    assert '"theme": "\\u003c/script>"' in page


def test_a_missing_bundle_is_a_clear_error(trace, monkeypatch, tmp_path):
    monkeypatch.setattr(bundle, "PATH", tmp_path / "nothing.js")
    with pytest.raises(bundle.NotBuilt, match="is missing"):
        html.to_html(trace, tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()


def test_answers_come_along_in_both_languages(built, tmp_path):
    import json

    from gradwidget import record, torch

    with record("<b>") as trace:
        x = torch.ones(2, requires_grad=True)
        y = x.exp()
        y.data.zero_()
        y.sum().backward()
    page = html.to_html(trace, tmp_path / "page.html").read_text()
    options = json.loads(re.search(r"mountReplay\(place, bytes, (\{.*\})\);", page)[1])
    (problem,) = [key for key in options["answers"]["en"] if key.startswith("p")]
    assert options["answers"]["en"][problem][0]["key"] == "silent-write"
    assert options["answers"]["zh"]["t2"][0]["title"] == "y 被改写而 autograd 没有察觉"
    assert options["answers"]["en"]["t1"][0]["fix"] == "y = y.clone()\ny.zero_()"
    assert "<b>" not in page.partition("await mountReplay")[2]
