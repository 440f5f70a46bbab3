"""What each move is laid to, and the cuts of each snapshot."""

from alembic import op

revision = "0003"
down_revision = "0002"

CHANGES = """
ALTER TABLE moves ADD COLUMN document_no INTEGER NOT NULL DEFAULT 0;
ALTER TABLE moves ADD COLUMN change TEXT NOT NULL DEFAULT '';
ALTER TABLE moves ADD COLUMN day INTEGER NOT NULL DEFAULT 0;
ALTER TABLE snapshots ADD COLUMN cuts TEXT NOT NULL DEFAULT '';
"""


def upgrade() -> None:
    """Add columns; what was kept before has none of it."""
    for statement in filter(str.strip, CHANGES.split(";\n")):
        op.execute(statement)
