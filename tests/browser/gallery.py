"""Pictures of every page in light and dark, into docs/screens/: `make screens`.

Plays the demo, looks at its console, and ends it. With an address of a console that serves
(`python -m tests.browser.gallery LINK [FOLDER]`) it looks at that one.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

from tests.browser.chromium import chromium

ROOT = Path(__file__).parents[2]
SCREENS = ROOT / "docs" / "screens"
WIDE = {"width": 1440, "height": 900}
NARROW = {"width": 390, "height": 844}
SETTLE_MS = 900
LIST = """phone,first_name,last_name,company,product,plan,seats
+12025550181,Ines,Marsh,Harbour Books,Northwind,team,12
+12025550182,Otto,Lind,Lind & Sons,Northwind,free,3
+12025550181,Ines,Marsh,Harbour Books,Northwind,team,12
020 7946 0123,Priya,Shah,Green Lane,Northwind,business,40
+1202555,Rui,Costa,Costa Foods,Northwind,free,1
+12125550183,Maya,Holt,Holt Design,Northwind,platinum,7
"""


def main() -> int:
    given = sys.argv[1:]
    folder = Path(given[1]) if len(given) > 1 else SCREENS
    with chromium() as browser:
        if browser is None:
            sys.stderr.write("No Chromium is installed, so no pictures are taken.\n")
            return 1
        if given:
            take_all(browser, given[0], folder)
            return 0
        with demo() as link:
            take_all(browser, link, folder)
    return 0


@contextmanager
def demo() -> Iterator[str]:
    """The link of a demo that has been played and serves on."""
    with tempfile.TemporaryDirectory() as place:
        command = "from orchestrator.cli import main; main()"
        playing = subprocess.Popen(
            [sys.executable, "-u", "-c", command, "demo"],
            cwd=place,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert playing.stdout is not None
        try:
            yield next(
                line.split("The console: ")[1].strip()
                for line in playing.stdout
                if line.startswith("Serving on.")
            )
        finally:
            playing.terminate()
            playing.wait(timeout=60)


def take_all(browser: Browser, link: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    host = link.split("/enter")[0]
    context = browser.new_context(viewport=WIDE, locale="en-GB", timezone_id="Europe/London")
    page = context.new_page()
    page.goto(link)
    pages = addresses(page, host)
    for theme in ("light", "dark"):
        page.evaluate("theme => localStorage.setItem('theme', theme)", theme)
        for name, address in pages.items():
            page.set_viewport_size(WIDE)
            take(page, host + address, folder / f"{name}-{theme}.png")
        page.keyboard.press("Control+k")
        page.wait_for_timeout(SETTLE_MS)
        page.screenshot(path=folder / f"palette-{theme}.png")
        page.keyboard.press("Escape")
        narrow = (
            "home",
            "leads",
            "lead",
            "call",
            "companies",
            "company",
            "import-verdicts",
            "document",
            "inbox",
            "inbox-talk",
        )
        for name in narrow:
            page.set_viewport_size(NARROW)
            take(page, host + pages[name], folder / f"{name}-phone-{theme}.png")
    stranger = browser.new_context(viewport=WIDE)
    take(stranger.new_page(), f"{host}/login", folder / "login-light.png")
    stranger.close()
    context.close()


def take(page: Page, address: str, path: Path) -> None:
    page.goto(address)
    page.wait_for_timeout(SETTLE_MS)
    page.screenshot(path=path)


def addresses(page: Page, host: str) -> dict[str, str]:
    """Every page, with a lead and a call that have something to show."""
    page.goto(f"{host}/leads?status=qualified")
    found = [one.get_attribute("href") or "" for one in page.locator(".row-link").all()]
    lead, call = found[0], "/"
    for lead in found:
        page.goto(host + lead)
        heard = page.get_by_role("link", name="Listen and read")
        if heard.count():
            call = heard.first.get_attribute("href") or "/"
            break
    page.goto(f"{host}/campaigns")
    campaign = page.locator(".row-link").first.get_attribute("href") or "/campaigns"
    page.goto(f"{host}/companies?fit=all")
    companies = page.locator(".row-link")
    company = companies.first.get_attribute("href") if companies.count() else None
    verdicts = handed_in(page, host + campaign)
    page.goto(f"{host}/inbox?queue=all")
    talks = [one.get_attribute("href") or "/inbox" for one in page.locator(".row-link").all()]
    return {
        "home": "/",
        "companies": "/companies?fit=all",
        "company": company or "/companies",
        "companies-board": "/companies?fit=all&view=board",
        "company-noise": f"{company}?touchpoints=all" if company else "/companies",
        "contacts": "/contacts",
        "leads": "/leads",
        "leads-none": "/leads?q=xylograph",
        "lead": lead,
        "call": call,
        "inbox": "/inbox?queue=all",
        "inbox-talk": talks[0] if talks else "/inbox",
        "campaigns": "/campaigns",
        "campaign": campaign,
        "campaign-forecast": f"{campaign}?tab=forecast",
        "campaign-activity": f"{campaign}?tab=activity",
        "campaign-document": f"{campaign}?tab=document",
        "campaign-follow-ups": f"{campaign}?tab=follow_ups",
        "campaign-launch": f"{campaign}/launch",
        "documents": "/documents",
        "document": "/documents/new/campaign",
        "import-begin": f"{campaign}/import",
        "import-columns": f"{verdicts}?columns=true",
        "import-verdicts": verdicts,
    }


def handed_in(page: Page, campaign: str) -> str:
    """The address of a list of which every row was looked at, and that nobody imports."""
    page.goto(f"{campaign}/import")
    page.locator("textarea[name=pasted]").fill(LIST)
    page.get_by_role("button", name="Go on to the columns").click()
    page.get_by_role("button", name="Check every row").click()
    page.locator(".verdict-list").wait_for()
    return urlsplit(page.url).path


if __name__ == "__main__":
    sys.exit(main())
