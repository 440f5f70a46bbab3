"""The forms that a warehouse went through: the migrations of this program."""

from __future__ import annotations

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

MIGRATIONS = "rfm_service:ledger/migrations"


def scripts(migrations: str = MIGRATIONS) -> Config:
    """The migrations of a folder."""
    found = Config()
    found.set_main_option("script_location", migrations)
    return found


def newest(found: Config) -> str | None:
    """The newest form."""
    return ScriptDirectory.from_config(found).get_current_head()


def revisions(found: Config) -> frozenset[str]:
    """All forms."""
    return frozenset(script.revision for script in ScriptDirectory.from_config(found).walk_revisions())


def revision(connection: Connection) -> str | None:
    """The form of a warehouse that is open; None where it has no tables."""
    return MigrationContext.configure(connection).get_current_revision()
