"""Customers under several names, documents by reference, when each day was read, held removals."""

from alembic import op

revision = "0002"
down_revision = "0001"

# `told` is how a source tells of a customer: by name, or by the partner's reference. The documents of a customer with
# an owner count for the owner; `shown` is the name for reports.
CHANGES = """
ALTER TABLE customers RENAME COLUMN name TO told;
ALTER TABLE customers ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE customers ADD COLUMN shown TEXT NOT NULL DEFAULT '';
ALTER TABLE customers ADD COLUMN version TEXT NOT NULL DEFAULT '';
ALTER TABLE customers ADD COLUMN owner_no INTEGER REFERENCES customers;
UPDATE customers SET name = told, shown = told;
CREATE INDEX members ON customers (owner_no) WHERE owner_no IS NOT NULL;
CREATE TABLE referred (
    document_no INTEGER PRIMARY KEY, organisation_no INTEGER NOT NULL REFERENCES organisations,
    number TEXT NOT NULL, year INTEGER NOT NULL, returned INTEGER NOT NULL,
    customer_no INTEGER NOT NULL REFERENCES customers, ref TEXT NOT NULL,
    UNIQUE (number, year, organisation_no, returned, customer_no, ref)) STRICT;
INSERT INTO referred SELECT document_no, organisation_no, number, year, returned, customer_no, '' FROM documents;
DROP TABLE documents;
ALTER TABLE referred RENAME TO documents;
CREATE INDEX document_refs ON documents (ref) WHERE ref <> '';
CREATE INDEX told_documents ON documents (customer_no);
ALTER TABLE versions ADD COLUMN data_version TEXT NOT NULL DEFAULT '';
ALTER TABLE ingests ADD COLUMN kind TEXT NOT NULL DEFAULT 'sales';
CREATE TABLE days (day INTEGER PRIMARY KEY, ingest_no INTEGER NOT NULL REFERENCES ingests, hash BLOB) STRICT;
CREATE TABLE holds (
    as_of INTEGER PRIMARY KEY, run TEXT NOT NULL, granted INTEGER NOT NULL DEFAULT 0, gone INTEGER NOT NULL,
    stored INTEGER NOT NULL, amount INTEGER NOT NULL) STRICT;
CREATE TABLE renames (
    old_no INTEGER NOT NULL REFERENCES customers, new_no INTEGER NOT NULL REFERENCES customers,
    documents INTEGER NOT NULL, ingest_no INTEGER NOT NULL REFERENCES ingests,
    PRIMARY KEY (old_no, new_no)) STRICT, WITHOUT ROWID;
"""


def upgrade() -> None:
    """Add what the sync needs to know; every fact stays."""
    for statement in filter(str.strip, CHANGES.split(";\n")):
        op.execute(statement)
