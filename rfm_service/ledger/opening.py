"""Which warehouse an address means."""

from __future__ import annotations

from pathlib import Path

from rfm_service.ledger.stores import AnyWarehouse
from rfm_service.ledger.warehouse import Warehouse


def opened(path: Path, url: str = "", password: str = "") -> AnyWarehouse:
    """The file of a path; or, beside it, the database of a URL. Nothing is connected or made yet."""
    if not url:
        return Warehouse(path)
    from rfm_service.ledger.postgres import PostgresWarehouse
    from rfm_service.ledger.server import Server

    return PostgresWarehouse(Server(url, password), path)
