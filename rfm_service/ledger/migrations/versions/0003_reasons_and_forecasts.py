"""What each move is laid to, the cuts of each snapshot, and what was foretold."""

from alembic import op

revision = "0003"
down_revision = "0002"

CHANGES = """
ALTER TABLE moves ADD COLUMN document_no INTEGER NOT NULL DEFAULT 0;
ALTER TABLE moves ADD COLUMN change TEXT NOT NULL DEFAULT '';
ALTER TABLE moves ADD COLUMN day INTEGER NOT NULL DEFAULT 0;
ALTER TABLE snapshots ADD COLUMN cuts TEXT NOT NULL DEFAULT '';
CREATE TABLE forecasts (as_of INTEGER PRIMARY KEY, method TEXT NOT NULL) STRICT;
CREATE TABLE forecast_rows (
    as_of INTEGER NOT NULL REFERENCES forecasts ON DELETE CASCADE,
    customer_no INTEGER NOT NULL REFERENCES customers, p30 REAL NOT NULL, p90 REAL NOT NULL, spend30 INTEGER NOT NULL,
    spend90 INTEGER NOT NULL, due INTEGER NOT NULL, due_from INTEGER NOT NULL, due_to INTEGER NOT NULL,
    PRIMARY KEY (as_of, customer_no)) STRICT, WITHOUT ROWID;
"""


def upgrade() -> None:
    """Add columns; what was kept before has none of it."""
    for statement in filter(str.strip, CHANGES.split(";\n")):
        op.execute(statement)
