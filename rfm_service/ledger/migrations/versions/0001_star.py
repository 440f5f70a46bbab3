"""The star: customers, products and documents around lines; snapshots, moves, cuts, outbox."""

from alembic import op

revision = "0001"
down_revision = None

# Lines lie beside their customer (the key begins with customer_no), so that a bucket of customers is one range of the
# file. The columns that a night reads stand first: SQLite decodes a row only up to the last column asked for.
TABLES = """
CREATE TABLE ingests (
    ingest_no INTEGER PRIMARY KEY, run TEXT NOT NULL, first_day INTEGER NOT NULL, end_day INTEGER NOT NULL,
    added INTEGER NOT NULL, changed INTEGER NOT NULL, removed INTEGER NOT NULL, lines INTEGER NOT NULL,
    quarantined INTEGER NOT NULL) STRICT;
CREATE TABLE customers (
    customer_no INTEGER PRIMARY KEY, customer_id TEXT NOT NULL UNIQUE, name TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL DEFAULT '', category TEXT NOT NULL DEFAULT '', manager TEXT NOT NULL DEFAULT '',
    ref TEXT NOT NULL DEFAULT '', tax_id TEXT NOT NULL DEFAULT '', tax_code TEXT NOT NULL DEFAULT '',
    phone TEXT NOT NULL DEFAULT '', do_not_contact INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE contractors (contractor_no INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE organisations (organisation_no INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE products (
    product_no INTEGER PRIMARY KEY, product TEXT NOT NULL, feature TEXT NOT NULL, category TEXT NOT NULL,
    UNIQUE (product, feature, category)) STRICT;
CREATE TABLE deliveries (
    delivery_no INTEGER PRIMARY KEY, address TEXT NOT NULL, site_id TEXT NOT NULL, channel TEXT NOT NULL,
    UNIQUE (address, site_id, channel)) STRICT;
CREATE TABLE documents (
    document_no INTEGER PRIMARY KEY, organisation_no INTEGER NOT NULL REFERENCES organisations,
    number TEXT NOT NULL, year INTEGER NOT NULL, returned INTEGER NOT NULL,
    customer_no INTEGER NOT NULL REFERENCES customers,
    UNIQUE (number, year, organisation_no, returned, customer_no)) STRICT;
CREATE TABLE orders (
    order_no INTEGER PRIMARY KEY, customer_no INTEGER NOT NULL REFERENCES customers,
    organisation_no INTEGER NOT NULL REFERENCES organisations, order_id TEXT NOT NULL, year INTEGER NOT NULL,
    document_no INTEGER NOT NULL,
    UNIQUE (customer_no, order_id, year, organisation_no, document_no)) STRICT;
CREATE TABLE versions (
    version_no INTEGER PRIMARY KEY, document_no INTEGER NOT NULL REFERENCES documents,
    customer_no INTEGER NOT NULL REFERENCES customers, day INTEGER NOT NULL, last_day INTEGER NOT NULL,
    lines INTEGER NOT NULL, amount INTEGER NOT NULL, hash BLOB NOT NULL,
    since INTEGER NOT NULL REFERENCES ingests, until INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE INDEX live_versions ON versions (document_no) WHERE until = 0;
CREATE INDEX live_days ON versions (day) WHERE until = 0;
CREATE TABLE lines (
    customer_no INTEGER NOT NULL REFERENCES customers, version_no INTEGER NOT NULL REFERENCES versions,
    ordinal INTEGER NOT NULL, until INTEGER NOT NULL, day INTEGER NOT NULL,
    order_no INTEGER NOT NULL REFERENCES orders, returned INTEGER NOT NULL, amount INTEGER NOT NULL,
    product_no INTEGER NOT NULL REFERENCES products, quantity INTEGER NOT NULL,
    contractor_no INTEGER NOT NULL REFERENCES contractors, since INTEGER NOT NULL,
    delivery_no INTEGER NOT NULL REFERENCES deliveries, second INTEGER NOT NULL, order_day INTEGER, cost INTEGER,
    PRIMARY KEY (customer_no, version_no, ordinal)) STRICT, WITHOUT ROWID;
CREATE TABLE quarantine (
    row_no INTEGER PRIMARY KEY, ingest_no INTEGER NOT NULL REFERENCES ingests, day INTEGER, reason TEXT NOT NULL,
    row TEXT NOT NULL) STRICT;
CREATE TABLE cuts (
    month TEXT NOT NULL, rules TEXT NOT NULL, r TEXT NOT NULL, f TEXT NOT NULL, m TEXT NOT NULL,
    PRIMARY KEY (month, rules)) STRICT;
CREATE TABLE snapshots (
    as_of INTEGER PRIMARY KEY, ingest_no INTEGER NOT NULL, rules TEXT NOT NULL, figures TEXT NOT NULL) STRICT;
CREATE TABLE snapshot_rows (
    as_of INTEGER NOT NULL REFERENCES snapshots ON DELETE CASCADE,
    customer_no INTEGER NOT NULL REFERENCES customers, recency_days INTEGER NOT NULL, frequency INTEGER NOT NULL,
    monetary INTEGER NOT NULL, first_purchase INTEGER NOT NULL, last_purchase INTEGER NOT NULL,
    orders_returned INTEGER NOT NULL, order_interval_days INTEGER NOT NULL, active_blocks INTEGER NOT NULL,
    r INTEGER NOT NULL, f INTEGER NOT NULL, m INTEGER NOT NULL, segment TEXT NOT NULL, tier TEXT NOT NULL,
    PRIMARY KEY (as_of, customer_no)) STRICT, WITHOUT ROWID;
CREATE TABLE moves (
    as_of INTEGER NOT NULL REFERENCES snapshots ON DELETE CASCADE,
    customer_no INTEGER NOT NULL REFERENCES customers, from_segment TEXT NOT NULL, to_segment TEXT NOT NULL,
    cause TEXT NOT NULL, measure TEXT NOT NULL, before INTEGER NOT NULL, after INTEGER NOT NULL,
    line INTEGER NOT NULL, PRIMARY KEY (as_of, customer_no)) STRICT, WITHOUT ROWID;
CREATE TABLE outbox (
    message_no INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, chat TEXT NOT NULL, text TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting', attempts INTEGER NOT NULL DEFAULT 0,
    problem TEXT NOT NULL DEFAULT '') STRICT;
CREATE TABLE outbox_pictures (
    message_no INTEGER NOT NULL REFERENCES outbox ON DELETE CASCADE, ordinal INTEGER NOT NULL, name TEXT NOT NULL,
    content BLOB NOT NULL, PRIMARY KEY (message_no, ordinal)) STRICT;
CREATE TABLE publications (
    place TEXT NOT NULL, as_of INTEGER NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (place, as_of)) STRICT;
INSERT INTO customers (customer_no, customer_id, name) VALUES (0, '', '');
"""


def upgrade() -> None:
    """Make every table of the first release; customer 0 stands for "no customer"."""
    for statement in filter(str.strip, TABLES.split(";\n")):
        op.execute(statement)
