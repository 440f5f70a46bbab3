"""Where chats moved to, and until when each wants to hear nothing."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add a table; no chat moved or is muted yet."""
    op.execute("CREATE TABLE chats (chat TEXT PRIMARY KEY, moved_to TEXT NOT NULL DEFAULT '', "
               "muted_until INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID")
