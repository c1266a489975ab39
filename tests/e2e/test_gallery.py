"""The lessons as a site, in a browser: every picture lives, the index is searched."""

from __future__ import annotations

import pytest

from gradwidget.widget import bundle
from tests.notebooks.test_gallery import gallery, site  # noqa: F401 (fixtures)

pytestmark = pytest.mark.slow


def test_the_pictures_live_in_a_browser(site, page):  # noqa: F811
    assert bundle.PATH.exists()
    page.goto((site / "04-backward.zh.html").as_uri())
    for picture in page.locator(".picture").all():
        picture.scroll_into_view_if_needed()
        picture.locator("text.name", has_text="x").first.wait_for(timeout=20_000)
    page.goto((site / "index.en.html").as_uri())
    page.fill("input", "no such word")
    page.locator(".none").wait_for()
