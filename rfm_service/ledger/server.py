"""The database server of a ledger: how it is reached, and its refusals in sentences that tell nothing stored."""

from __future__ import annotations

import atexit
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from rfm_service.domain.errors import LedgerError, LedgerUnavailable
from rfm_service.ledger.dialect import speak, storable

if TYPE_CHECKING:
    import psycopg
    import sqlalchemy as sa

SCHEMA = "rfm"
LACKING = ("The ledger is on PostgreSQL, and what speaks with it is not installed. Run: python -m pip install "
           "\"rfm-service[postgres]\"")
SILENT = ("The database server {place} does not answer: {reason}. Check that PostgreSQL runs and that this machine "
          "reaches it; the next try goes on by itself.")
REFUSED = ("The database server {place} refuses the ledger: {reason}. Check ledger.url, the password "
           "(RFM_LEDGER__PASSWORD) and the rights of the user.")
FULL = "The disk of the database server {place} is full. Free some space there; the next try goes on by itself."
BUSY = ("Another program has kept the ledger on {place} to itself for too long. Wait for its end; the next try goes on "
        "by itself.")
ODD = "The ledger on {place} cannot be used: PostgreSQL reports {code}. The log of the server says more."
WAIT = {"connect_timeout": "10", "keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3",
        "application_name": "rfm-service"}
"""How long a server may be silent, in seconds, where the address says nothing else."""
LOCK_MS = 10_000
NO_RIGHT, READ_ONLY, LOCKED = "42501", "25006", ("55P03", "57014", "40001", "40P01")
DISK_FULL = "53100"
FROM_SERVER = re.compile(r"failed: (?!could not)[^\W\d_]+:  (.+)", re.DOTALL)
"""What a server answers to a login begins with FATAL in its own language."""
PASSING = re.compile(r"starting up|shutting down|recovery|too many|slots|запускается|остан|восстановлен|слишком много",
                     re.IGNORECASE)


@dataclass(frozen=True)
class Server:
    """The address of a ledger on PostgreSQL: a URL as libpq has it, and the schema that holds the tables."""

    url: str = field(repr=False)
    password: str = field(default="", repr=False)

    @property
    def schema(self) -> str:
        """The schema: `?schema=` of the address."""
        return dict(parse_qsl(urlsplit(self.url).query)).get("schema", SCHEMA)

    @property
    def place(self) -> str:
        """Host, port, database and schema, for people: no user and no password."""
        found = urlsplit(self.url)
        return f"{found.netloc.rpartition('@')[2]}{found.path} ({self.schema})"

    @property
    def address(self) -> str:
        """The address for libpq."""
        found = urlsplit(self.url)
        asked = {name: value for name, value in parse_qsl(found.query) if name != "schema"}
        return urlunsplit(("postgresql", found.netloc, found.path, urlencode({**WAIT, **asked}, quote_via=quote), ""))

    def key(self, what: str) -> int:
        """The number of a lock within the database."""
        named = f"rfm-service {self.schema} {what}".encode()
        return int.from_bytes(blake2b(named, digest_size=8).digest(), signed=True)

    def settings(self) -> str:
        """What each connection is set to."""
        return f"SET search_path TO \"{self.schema}\"; SET lock_timeout TO {LOCK_MS}"

    @contextmanager
    def spoken(self) -> Iterator[None]:
        """Turns the errors of drivers into LedgerError."""
        import sqlalchemy as sa

        try:
            import psycopg
            from adbc_driver_postgresql import dbapi
        except ImportError:
            raise LedgerError(LACKING) from None
        try:
            yield
        except sa.exc.DBAPIError as error:
            raise self._told(error.orig) from error.orig
        except (psycopg.Error, dbapi.Error) as error:
            raise self._told(error) from error

    def connect(self) -> psycopg.Connection[Any]:
        """A connection by psycopg. Raises psycopg.Error."""
        import psycopg

        more = {"password": self.password} if self.password else {}
        opened = psycopg.connect(self.address, **more)  # type: ignore[arg-type]
        opened.adapters.register_dumper(bool, _bool_dumper())
        opened.adapters.register_dumper(str, _text_dumper())
        opened.execute(self.settings())
        opened.commit()
        return opened

    def arrow(self) -> Any:
        """A connection by ADBC. Raises its dbapi.Error."""
        from psycopg.conninfo import conninfo_to_dict, make_conninfo

        # Its own way to give a password apart there is none.
        with_password = make_conninfo(self.address, password=self.password) if self.password else self.address
        if self.password:
            parts = conninfo_to_dict(with_password)
            with_password = _as_url({name: str(value) for name, value in parts.items()})
        opened = _first(with_password).adbc_clone()
        with opened.cursor() as cursor:
            for statement in self.settings().split("; "):
                cursor.execute(statement)
        return opened

    @property
    def engine(self) -> sa.Engine:
        """The engine of SQLAlchemy; it keeps no connection."""
        return _engine(self)

    def _told(self, error: BaseException | None) -> LedgerError:
        """An error of a driver as a sentence; texts of the server are told of a login alone, for others name rows."""
        code = getattr(error, "sqlstate", None) or ""
        if code.startswith("28") or code in ("3D000", "3F000", NO_RIGHT, READ_ONLY):
            return LedgerError(REFUSED, place=self.place, reason=_refusal(code))
        if code == DISK_FULL:
            return LedgerUnavailable(FULL, place=self.place)
        if code in LOCKED:
            return LedgerUnavailable(BUSY, place=self.place)
        if code.startswith(("08", "57P", "53")) or not code:
            return self._silent(error, code)
        return LedgerError(ODD, place=self.place, code=code)

    def _silent(self, error: BaseException | None, code: str) -> LedgerError:
        said = str(error) if not code else ""
        answered = FROM_SERVER.search(said)
        if answered and not PASSING.search(answered[1]):
            return LedgerError(REFUSED, place=self.place, reason=" ".join(answered[1].split())[:200])
        if "password" in said and "supplied" in said:
            return LedgerError(REFUSED, place=self.place, reason="it wants a password, and none is given")
        if "onnect" not in said and "resolve" not in said and not code:
            return LedgerUnavailable(SILENT, place=self.place, reason="the connection broke off")
        reason = said.rpartition("failed: ")[2].partition("\n")[0] or code or "no connection"
        return LedgerUnavailable(SILENT, place=self.place, reason=reason[:200].rstrip("."))


def _refusal(code: str) -> str:
    return {"3D000": "there is no such database", NO_RIGHT: "the user lacks a right",
            READ_ONLY: "it lets nobody write"}.get(code, f"PostgreSQL reports {code}")


def _as_url(parts: dict[str, str]) -> str:
    """A URL of the parts of an address; all of them may stand in its query."""
    return f"postgresql:///?{urlencode(parts, quote_via=quote)}"


@cache
def _first(address: str) -> Any:
    """A connection of ADBC to make others of: what it must learn of a server first takes longer than most queries."""
    from adbc_driver_postgresql import dbapi

    opened = dbapi.connect(address)
    atexit.register(opened.close)
    return opened


@lru_cache(maxsize=8)
def _engine(server: Server) -> sa.Engine:
    import sqlalchemy as sa

    # The values of a statement may name customers: they stay out of errors.
    engine = sa.create_engine("postgresql+psycopg://", creator=server.connect, poolclass=sa.NullPool,
                              hide_parameters=True)
    sa.event.listen(engine, "before_cursor_execute", speak, retval=True)
    return engine


@lru_cache(maxsize=1)
def _bool_dumper() -> type:
    """A truth goes into columns of whole numbers, as in SQLite."""
    from psycopg.types.numeric import IntDumper

    class Truth(IntDumper):
        def dump(self, obj: Any) -> bytes:
            return b"1" if obj else b"0"

        def upgrade(self, obj: Any, format: Any) -> Any:  # noqa: A002, ARG002
            return self

        def get_key(self, obj: Any, format: Any) -> Any:  # noqa: A002, ARG002
            return self.cls

    return Truth


@lru_cache(maxsize=1)
def _text_dumper() -> type:
    from psycopg.types.string import StrDumperUnknown

    class Text(StrDumperUnknown):
        def dump(self, obj: str) -> bytes:
            try:
                encoded = obj.encode()
            except UnicodeEncodeError:
                return storable(obj).encode()
            return encoded if b"\0" not in encoded else storable(obj).encode()

    return Text


