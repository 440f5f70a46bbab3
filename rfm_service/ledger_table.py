"""[ledger] of the settings: a file of SQLite, or a database of PostgreSQL."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

from pydantic import AfterValidator

from rfm_service.setting_types import SQLITE, Model, WrittenPath

SERVED = re.compile(r"postgresql(\+psycopg)?://[^/?#\s]+/[^/?#\s]+(\?[^#\s]*)?")
SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,62}")
SECRET_PARAMETER = re.compile("password|passfile|secret|token", re.IGNORECASE)
BESIDE = "data/postgresql"
"""No file: what belongs to a ledger in a database, its locks and reports that wait, lies beside it."""


def _address(text: str) -> str:
    if re.fullmatch(SQLITE + ".+", text):
        return text
    if not SERVED.fullmatch(text):
        raise ValueError("must be a file like sqlite:///data/warehouse.db, or a database like "
                         "postgresql+psycopg://user@host:5432/database")
    if any(name == "schema" and not SCHEMA.fullmatch(value) for name, value in parse_qsl(urlsplit(text).query)):
        raise ValueError("the schema must be a name of small Latin letters, digits and _")
    if any(SECRET_PARAMETER.search(name) for name, _ in parse_qsl(urlsplit(text).query)):
        raise ValueError("the password stands in RFM_LEDGER__PASSWORD, or before the @ of the address")
    return text


class LedgerTable(Model):
    """Where facts are kept: in a file, or in a database, whose `password` may be a part of its address too."""

    url: Annotated[WrittenPath, AfterValidator(_address)] = SQLITE + "data/warehouse.db"
    password: str = ""

    @property
    def in_file(self) -> bool:
        """Whether that is a file."""
        return self.url.startswith(SQLITE)

    @property
    def beside(self) -> str:
        """The file as it is written; of a database, the name beside which lies what belongs to it on this machine."""
        return self.url.removeprefix(SQLITE) if self.in_file else BESIDE
