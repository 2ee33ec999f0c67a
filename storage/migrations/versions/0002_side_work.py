"""The tables of Procrastinate, which carries the slow side work, from the library itself."""

import hashlib

from alembic import op
from procrastinate.schema import SchemaManager

from outreach.errors import Rejected

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

VERSION = "3.10"
SCHEMA_SHA256 = "c70ec4b400a60ad9592787653aae5ae77ae41bf801d56b5bd2712751a07f2009"


def upgrade() -> None:
    schema = SchemaManager.get_schema()
    if hashlib.sha256(schema.encode()).hexdigest() != SCHEMA_SHA256:
        raise Rejected(
            code="side_work_schema_changed",
            message="The installed Procrastinate brings other tables than this program knows.",
            fix=f"Install procrastinate {VERSION}, as requirements.lock says.",
        )
    op.get_bind().exec_driver_sql(schema, execution_options={"no_parameters": True})
