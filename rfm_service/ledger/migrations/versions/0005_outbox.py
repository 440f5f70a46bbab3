"""What the outbox knows of each message, and what it learnt of chats and channels."""

from alembic import op

revision = "0005"
down_revision = "0004"

CHANGES = """
ALTER TABLE outbox ADD COLUMN kind TEXT NOT NULL DEFAULT 'notice';
ALTER TABLE outbox ADD COLUMN fold TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN folded TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN times INTEGER NOT NULL DEFAULT 1;
ALTER TABLE outbox ADD COLUMN due INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN receipt TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN stale INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN begun INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN doubted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN second TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox_pictures ADD COLUMN document INTEGER NOT NULL DEFAULT 0;
CREATE TABLE chats (
    chat TEXT PRIMARY KEY, moved_to TEXT NOT NULL DEFAULT '', muted_until INTEGER NOT NULL DEFAULT 0,
    refused TEXT NOT NULL DEFAULT '') STRICT, WITHOUT ROWID;
CREATE TABLE channels (
    account TEXT PRIMARY KEY, closed_until INTEGER NOT NULL, problem TEXT NOT NULL) STRICT, WITHOUT ROWID;
UPDATE outbox SET kind = substr(key, 1, instr(key, ':') - 1)
    WHERE substr(key, 1, instr(key, ':') - 1) IN ('report', 'success', 'failure');
"""


def upgrade() -> None:
    """Add columns and tables; the kind of a message queued before is told by its key."""
    for statement in filter(str.strip, CHANGES.split(";\n")):
        op.execute(statement)
