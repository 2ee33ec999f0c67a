"""What keeps people out of a page, as axe-core finds it."""

from pathlib import Path
from typing import Final

from playwright.sync_api import Page

AXE: Final = Path(__file__).parents[2] / ".build/browser/node_modules/axe-core/axe.min.js"


def violations(page: Page) -> list[str]:
    """The serious and critical ones of the page as it stands."""
    # As the test's own word: the page's policy lets no script in from elsewhere.
    page.evaluate(AXE.read_text(encoding="utf-8"))
    result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']}: {node['target']} {node.get('failureSummary', '')[:160]}"
        for one in result["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
