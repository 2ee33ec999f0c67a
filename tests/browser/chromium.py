"""Where a Chromium is: Playwright's own, or the distribution's."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def find(playwright: Playwright) -> str | None:
    """The program; None where there is none."""
    own = playwright.chromium.executable_path
    if own and Path(own).exists():
        return own
    return next((found for name in NAMES if (found := shutil.which(name))), None)


@contextmanager
def chromium() -> Iterator[Browser | None]:
    """A browser without a window; None where no Chromium is installed."""
    with sync_playwright() as playwright:
        program = find(playwright)
        if program is None:
            yield None
            return
        arguments = [
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--autoplay-policy=no-user-gesture-required",
        ]
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        try:
            yield browser
        finally:
            browser.close()
