"""Contacts made, who was offered for contact or held back, and whom the ledger must not know."""

from alembic import op

revision = "0006"
down_revision = "0005"

# A person tells of a contact once a day: what is told later of the same day stands in its place. An offer is the first
# night of a campaign on which a customer was due on a list, whether it came onto it or was held back.
CHANGES = """
CREATE TABLE contacts (
    contact_no INTEGER PRIMARY KEY, customer_no INTEGER NOT NULL REFERENCES customers, day INTEGER NOT NULL,
    outcome TEXT NOT NULL, note TEXT NOT NULL, next_day INTEGER NOT NULL DEFAULT 0, author TEXT NOT NULL,
    told_at INTEGER NOT NULL, UNIQUE (customer_no, day, author)) STRICT;
CREATE TABLE contact_files (
    hash BLOB PRIMARY KEY, name TEXT NOT NULL, taken_at INTEGER NOT NULL, good INTEGER NOT NULL,
    bad INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE offers (
    campaign TEXT NOT NULL, customer_no INTEGER NOT NULL REFERENCES customers, day INTEGER NOT NULL,
    segment TEXT NOT NULL, held INTEGER NOT NULL, PRIMARY KEY (campaign, customer_no)) STRICT, WITHOUT ROWID;
CREATE INDEX offer_days ON offers (day);
CREATE TABLE forgotten (
    hash TEXT PRIMARY KEY, customer_no INTEGER NOT NULL REFERENCES customers, day INTEGER NOT NULL) STRICT,
    WITHOUT ROWID;
CREATE TABLE salts (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
"""


def upgrade() -> None:
    """Add tables; nothing that is stored changes."""
    for statement in filter(str.strip, CHANGES.split(";\n")):
        op.execute(statement)
