"""Key figures of past days, and the settings of each kept night."""

from alembic import op

revision = "0004"
down_revision = "0003"

CHANGES = """
ALTER TABLE snapshots ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';
CREATE TABLE trend_points (
    rules TEXT NOT NULL, as_of INTEGER NOT NULL, segment TEXT NOT NULL, ingest_no INTEGER NOT NULL,
    customers INTEGER NOT NULL, orders INTEGER NOT NULL, revenue INTEGER NOT NULL, active INTEGER NOT NULL,
    newcomers INTEGER NOT NULL, PRIMARY KEY (rules, as_of, segment)) STRICT, WITHOUT ROWID;
"""


def upgrade() -> None:
    """Add a table and a column; of nights kept before nothing is known of their settings."""
    for statement in filter(str.strip, CHANGES.split(";\n")):
        op.execute(statement)
