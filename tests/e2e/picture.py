"""What a person sees of a gradwidget in a page, read from its DOM."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, expect

PATIENCE = 20.0  # seconds that a picture may take to come to rest on a slow machine


class Picture:
    """The last widget in a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root: Locator = page.locator(".gradwidget").last
        self.slider = self.root.get_by_role("slider").first
        self.status = self.root.locator('[data-role="status"]')

    def names(self) -> set[str]:
        """The names on the cards."""
        return set(self.root.locator('[data-kind="tensor"] .name').all_text_contents()) - {""}

    def ops(self) -> list[str]:
        return sorted(self.root.locator('[data-kind="op"] .name').all_text_contents())

    def wait_for_names(self, names: set[str]) -> None:
        wait_for(self.names, names)

    def step(self) -> int:
        """Where the timeline stands."""
        return int(self.slider.get_attribute("aria-valuenow"))

    def steps(self) -> int:
        """How long the timeline is."""
        return int(self.slider.get_attribute("aria-valuemax"))

    def press(self, key: str) -> None:
        """Press a key on the timeline and wait until the picture shows where that leads."""
        step, steps = self.step(), self.steps()
        leads_to = {"Home": 0, "End": steps, "ArrowRight": min(step + 1, steps), "ArrowLeft": max(step - 1, 0)}[key]
        self.slider.press(key)
        wait_for(lambda: self.root.get_attribute("data-step"), str(leads_to))

    def wait_for_status(self, text: re.Pattern[str]) -> None:
        expect(self.status).to_have_text(text, timeout=PATIENCE * 1000)


def wait_for(look: Callable[[], Any], wanted: Any) -> None:
    """Look again and again until that is what is seen."""
    end = time.monotonic() + PATIENCE
    while (seen := look()) != wanted:
        assert time.monotonic() < end, f"saw {seen!r}, waited for {wanted!r}"
        time.sleep(0.05)
