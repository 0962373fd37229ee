"""The lab's page as a person works with it: what the tests of the page press, fill in and read."""

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Download, Locator, Page, expect

PATIENCE = 30_000  # milliseconds, of a busy machine
NUMBERS = ["epoch", "step", "loss", "held-out loss", "accuracy", "held-out accuracy", "speed"]
MINUS = "\N{MINUS SIGN}"


class Lab:
    """A page of the lab, opened."""

    def __init__(self, page: Page, address: str) -> None:
        page.goto(address)
        self._begin(page)

    @classmethod
    def on(cls, page: Page) -> "Lab":
        """The lab on a page that is open already."""
        made = cls.__new__(cls)
        made._begin(page)
        return made

    def _begin(self, page: Page) -> None:
        self.page = page
        page.set_default_timeout(PATIENCE)
        self.ready()

    def ready(self) -> "Lab":
        """Wait until there is something to train."""
        expect(self.button("Play")).to_be_enabled(timeout=PATIENCE)
        return self

    # What is on the page

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def region(self, name: str) -> Locator:
        return self.page.get_by_role("region", name=name, exact=True)

    def field(self, label: str) -> Locator:
        return self.page.get_by_label(label, exact=True)

    def status(self) -> dict[str, str]:
        """The numbers in the page's head, by their names."""
        values = self.region("Status").locator(".value").all_inner_texts()
        names = NUMBERS if len(values) == len(NUMBERS) else [*NUMBERS[:4], NUMBERS[-1]]
        return dict(zip(names, values, strict=True))

    @property
    def step(self) -> int:
        return int(self.status()["step"].replace(",", ""))

    @property
    def shape(self) -> str:
        """The network in short: 2-8-8-2, 114 parameters."""
        return self.region("Network").locator(".head .quiet").first.inner_text()

    # What a person does

    def choose(self, data: str, units: str | None = None) -> "Lab":
        """Choose a set of data; units: the network that it brings, such as 64-32-10."""
        self.page.get_by_role("radio", name=data, exact=True).check()
        if units is not None:
            expect(self.region("Network")).to_contain_text(units, timeout=PATIENCE)
        return self

    def fill(self, label: str, value: Any) -> "Lab":
        self.field(label).fill(str(value))
        self.field(label).press("Enter")
        return self

    def press(self, *names: str) -> "Lab":
        for name in names:
            self.button(name).click()
        return self

    def steps(self, count: int) -> "Lab":
        """Make single steps, one after the other."""
        begun = self.step
        for made in range(begun, begun + count):
            self.press("Step")
            self.wait_for_step(made + 1)
        return self

    def epoch(self) -> "Lab":
        before = self.step
        self.press("Epoch")
        return self.until(lambda: self.step > before)

    def train(self, steps: int) -> "Lab":
        """Play until there are so many steps, then pause."""
        self.press("Play")
        self.until(lambda: self.step >= steps)
        self.press("Pause")
        expect(self.button("Play")).to_be_visible()
        return self

    def seek(self, step: int) -> "Lab":
        self.page.get_by_role("slider", name="Time", exact=True).fill(str(step))
        return self.wait_for_step(step)

    def take(self, item: str) -> Download:
        """Take something away as a file."""
        self.press("Take away")
        with self.page.expect_download() as download:
            self.page.get_by_role("menuitem", name=re.compile(f"^{item}")).click()
        return download.value

    def taken_text(self, item: str) -> str:
        return Path(self.take(item).path()).read_text("utf-8")

    # Waiting

    def wait_for_step(self, step: int) -> "Lab":
        value = self.region("Status").locator(".value").nth(1)
        expect(value).to_have_text(f"{step:,}", timeout=PATIENCE)
        return self

    def until(self, holds: Any) -> "Lab":
        """Wait until something comes true."""
        for _ in range(PATIENCE // 50):
            if holds():
                return self
            self.page.wait_for_timeout(50)
        raise AssertionError("it did not come true")


def number(text: str) -> float:
    """A number as the page writes it."""
    return float(text.replace(MINUS, "-").replace(",", ""))
