"""The lessons as a site: small pages, live pictures, no kernel and no network."""

from __future__ import annotations

import base64
import re
import sys
from pathlib import Path

import pytest

from gradwidget.trace import Trace
from gradwidget.widget import bundle

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
pytest.importorskip("latex2mathml")
pytest.importorskip("nbconvert")

pytestmark = pytest.mark.slow
MOST = 400 * 1024  # bytes that a lesson may take, the script of the pictures included


@pytest.fixture(scope="module")
def gallery():
    if not bundle.PATH.exists():
        pytest.skip("the bundle is not built")
    sys.path.insert(0, str(NOTEBOOKS))
    try:
        import gallery

        yield gallery
    finally:
        sys.path.remove(str(NOTEBOOKS))


@pytest.fixture(scope="module")
def site(gallery, tmp_path_factory):
    out = tmp_path_factory.mktemp("site")
    gallery.main(out, only="04-backward")
    return out


def test_a_lesson_is_a_page_with_pictures(site):
    for language in ("en", "zh"):
        page = (site / f"04-backward.{language}.html").read_text(encoding="utf-8")
        assert len(page.encode()) + (site / "picture.js").stat().st_size <= MOST
        traces = re.findall(r'class="picture" data-trace="([^"]+)"', page)
        assert len(traces) == 4
        assert all(len(Trace.from_bytes(base64.b64decode(trace))) > 0 for trace in traces)
        assert "<math" in page and "$x" not in page
        assert "http" not in re.sub(r"http://www\.w3\.org/1998/Math/MathML", "", page)
        assert 'class="out error"' in page


def test_the_index_can_be_searched(site):
    index = (site / "index.en.html").read_text(encoding="utf-8")
    assert index.count("<li data-text=") == 1 and "retain_graph" in index
    assert (site / "index.html").exists() and (site / "index.zh.html").exists()
