"""In the pictures of lessons, at every step, no text lies over another text or over a mark, and none sticks out of its card."""

from __future__ import annotations

import pytest

from tests.notebooks.test_gallery import gallery  # noqa: F401 (a fixture)

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LESSONS = ["02-views", "04-backward", "10-gan"]

# What is in the way of what, in each picture of a page, step by step.
LOOK = """
async () => {
  const found = [];
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  const over = (a, b, slack) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > slack
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > slack;
  let steps = 0;
  for (const [number, place] of [...document.querySelectorAll('.picture')].entries()) {
    place.scrollIntoView();
    for (let i = 0; i < 200 && !place.querySelector('.mark'); i++) await wait(50);
    const root = place.querySelector('.gradwidget');
    const press = (key) => root.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    press('Home');
    const total = Number(root.querySelector('[role=slider]').getAttribute('aria-valuemax'));
    for (let step = 0; step <= total; step++, press('ArrowRight')) {
      await wait(60);
      const svg = root.querySelector('.graph > svg');
      if (!svg) continue;
      steps++;
      const texts = [...svg.querySelectorAll('text')]
        .filter((text) => text.textContent.trim() && getComputedStyle(text).display !== 'none')
        .map((text) => ({ text, box: text.getBoundingClientRect(), mark: text.closest('.mark') }));
      const marks = [...svg.querySelectorAll('.mark')].map((mark) => ({ mark, box: mark.querySelector('.box').getBoundingClientRect() }));
      const say = (what, text, other) => found.push(`picture ${number}, step ${step}: ${text.textContent} ${what} ${other}`);
      for (const [i, { text, box, mark }] of texts.entries()) {
        for (const other of texts.slice(i + 1)) if (over(box, other.box, 3)) say('lies over', text, other.text.textContent);
        for (const other of marks) if (other.mark !== mark && over(box, other.box, 4)) say('lies over', text, other.mark.dataset.mark);
        const own = marks.find((m) => m.mark === mark)?.box;
        if (own && !text.closest('.stale, .stopped, .hook, .differs') && (box.left < own.left - 2 || box.right > own.right + 2))
          say('sticks out of', text, mark.dataset.mark);
      }
    }
  }
  return [steps, [...new Set(found)]];
}
"""


@pytest.mark.parametrize("lesson", LESSONS)
def test_nothing_lies_over_a_text(lesson, gallery, page, tmp_path):  # noqa: F811
    gallery.main(tmp_path, only=lesson)
    page.emulate_media(reduced_motion="reduce")
    page.goto((tmp_path / f"{lesson}.zh.html").as_uri())
    steps, found = page.evaluate(LOOK)
    assert steps > 20
    assert found == []
