"""Every table of the outreach side."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    op.get_bind().exec_driver_sql(
        TABLES.read_text(encoding="utf-8"), execution_options={"no_parameters": True}
    )
