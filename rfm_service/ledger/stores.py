"""What the ledger needs of its warehouse, be it a file of SQLite (warehouse.py) or a database of PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import sqlalchemy as sa


class AnyWarehouse(Protocol):
    """Where facts are kept. Whatever it does, it raises LedgerError where it cannot."""

    @property
    def path(self) -> Path:
        """The file; of a database, a name of no file: what belongs to the ledger lies beside it on this machine."""

    @property
    def place(self) -> str:
        """Where it is, for people."""

    @property
    def batches(self) -> Mapping[str, str]:
        """The option of a cursor of `arrow` that makes it read many rows at a time."""

    @property
    def made(self) -> bool:
        """Whether there is one yet."""

    def rows(self) -> AbstractContextManager[sa.Connection]:
        """A transaction, committed at the end; one at a time writes."""

    def bulk(self) -> AbstractContextManager[sa.Connection]:
        """As `rows`, for many rows that refer to what the same transaction has numbered."""

    def erasing(self) -> AbstractContextManager[sa.Connection]:
        """As `bulk`, before a `purge`."""

    def purge(self) -> None:
        """Write anew what holds texts, without what was ever deleted."""

    def reading(self) -> AbstractContextManager[sa.Connection]:
        """A view of one moment that waits for no writer."""

    def kept_open(self) -> AbstractContextManager[None]:
        """Makes many transactions one after another cheaper."""

    def trial(self) -> AbstractContextManager[sa.Connection]:
        """A transaction that is always rolled back."""

    def arrow(self) -> AbstractContextManager[Any]:
        """A connection over ADBC, which reads whole columns as Arrow tables."""

    def alone(self, what: str) -> AbstractContextManager[None]:
        """Holds a lock of that name against other machines. Raises LockHeld."""

    def upgrade(self, backups: Path | None) -> None:
        """Make it, or bring it to the newest form, a verified copy first where it holds an older one."""

    def copy(self, target: Path) -> None:
        """Write all of it into a file of SQLite in the same form, which is read back before it gets its name."""
