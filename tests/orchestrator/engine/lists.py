"""Lists to import in tests, and the example campaigns to import them into."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from orchestrator.documents import read_document
from orchestrator.engine.actions.apply import apply
from orchestrator.engine.actions.roles import Actor, Role
from orchestrator.engine.import_leads import import_leads
from orchestrator.engine.imports.request import (
    FileConsent,
    ImportReport,
    ImportRequest,
    Only,
)
from outreach.marks import Marks
from storage.database import transaction
from tests.law import RULEBOOK
from tests.orchestrator.engine.world import World

EXAMPLES = Path(__file__).parents[3] / "examples"
OPERATOR = Actor(name="user:1", role=Role.OPERATOR)
HEADER = "phone,first_name,email,consent,product,plan,seats"
AGREED = FileConsent(basis="express", proof="signed form 12")


async def apply_examples(world: World) -> None:
    """Publish the agent, the template and the three campaigns that the product ships."""
    files = [*EXAMPLES.glob("agents/*"), *EXAMPLES.glob("templates/*")]
    ctx = world.context()
    async with transaction(world.engine) as tx:
        for file in (*files, *sorted(EXAMPLES.glob("campaigns/*"))):
            document = read_document(file)
            assert not isinstance(document, tuple), document
            await apply(ctx, tx, document, OPERATOR)


def write(folder: Path, rows: Sequence[str], header: str = HEADER) -> Path:
    """A list of these rows, as it comes from a spreadsheet that writes UTF-8."""
    file = folder / "people.csv"
    file.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return file


async def bring(
    engine: AsyncEngine,
    file: Path,
    campaign: str = "spring-phone",
    *,
    consent: FileConsent | None = AGREED,
    only: str | None = None,
    dry_run: bool = False,
    errors: Path | None = None,
    chunk_rows: int = 4096,
    marks: Marks | None = None,
) -> ImportReport:
    """Import a file as an operator would."""
    request = ImportRequest(
        file=file,
        campaign=campaign,
        actor=OPERATOR,
        rulebook=RULEBOOK,
        consent=consent,
        only=Only(column="segment", value=only) if only else None,
        dry_run=dry_run,
        errors=errors,
        marks=marks or Marks(),
    )
    return await import_leads(engine, request, chunk_rows=chunk_rows)
