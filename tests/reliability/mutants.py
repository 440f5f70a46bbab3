"""Broken variants of the program, made in the run of a job only: the proofs of kills must catch each."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any


def appends() -> None:
    """Stores what it reads without ending what an earlier run of the same night stored: a rerun doubles."""
    from rfm_service.ledger import replace
    from rfm_service.ledger.ledger import Ledger

    found = replace._live

    def live(connection: Any, where: str, values: tuple[object, ...]) -> Any:
        tonight = connection.exec_driver_sql(
            "SELECT version_no FROM versions JOIN ingests ON ingest_no = since WHERE substr(run, 1, 10) = "
            "(SELECT substr(run, 1, 10) FROM ingests ORDER BY ingest_no DESC LIMIT 1) AND since < "
            "(SELECT max(ingest_no) FROM ingests)").scalars().all()
        return {document: each for document, each in found(connection, where, values).items()
                if each.version_no not in set(tonight)}

    replace._live = live
    # A loader that appends knows no hashes of days, by which a rerun here reads nothing twice.
    Ledger.hashes = lambda ledger, period: {}  # type: ignore[method-assign]


def publishes_in_place() -> None:
    """Writes the files of a report straight into the folder that readers see."""
    from rfm_service.publishing.placing import Placing

    def swap(placing: Any, files: Mapping[str, bytes], name: str, *, there: bool) -> None:
        for file, content in files.items():
            placing.shelf.write(f"{name}/{file}", content)

    Placing._swap = swap  # type: ignore[method-assign]


def marks_before_sending() -> None:
    """Takes a message for sent before Telegram has it."""
    from rfm_service import wiring
    from rfm_service.notifiers.telegram import Notifier

    sent, made = Notifier.send, wiring.notifier
    warehouse: list[str] = []

    def noted(settings: Any, *rest: Any) -> Any:
        warehouse[:] = [str(settings.warehouse)]
        return made(settings, *rest)

    def send(notifier: Any, message: Any) -> Any:
        with closing(sqlite3.connect(warehouse[0])) as connection, connection:
            connection.execute("UPDATE outbox SET state = 'sent' WHERE key = ?", (message.key,))
        return sent(notifier, message)

    wiring.notifier = noted
    Notifier.send = send  # type: ignore[method-assign]


def tells_before_publishing() -> None:
    """Queues word of a report before the report is where the word says."""
    from rfm_service import republishing
    from rfm_service.journal import Journal
    from rfm_service.republishing import Published

    published, written = republishing.publish, Journal.write
    waiting: list[tuple[Any, ...]] = []

    def publish(report: Any, ledger: Any, publishers: Any, spool: Any) -> Published:
        waiting.append((report, ledger, publishers, spool))
        return Published([publisher.place for publisher in publishers], 0)

    def write(journal: Journal, step: str, event: str, **more: object) -> None:
        if (step, event) == ("notify", "start") and waiting:
            published(*waiting.pop())
        written(journal, step, event, **more)

    republishing.publish = publish
    Journal.write = write  # type: ignore[method-assign]


def commits_every_statement() -> None:
    """Keeps a night's conclusions, and stores its facts, a statement at a time."""
    from rfm_service.ledger.warehouse import Warehouse

    Warehouse.rows = lambda warehouse: warehouse._transaction()  # type: ignore[method-assign]
    Warehouse.bulk = lambda warehouse: warehouse._transaction("PRAGMA foreign_keys=OFF")  # type: ignore[method-assign]


def renames_without_draft() -> None:
    """Removes the old report before the new one is there, and writes the manifest first."""
    from rfm_service.publishing.placing import Placing
    from rfm_service.publishing.shelf import Kind

    def swap(placing: Any, files: Mapping[str, bytes], name: str, *, there: bool) -> None:
        placing._clear(name, Kind.FOLDER)
        for file in sorted(files, key=lambda file: file != "manifest.json"):
            placing.shelf.write(f"{name}/{file}", files[file])

    Placing._swap = swap  # type: ignore[method-assign]


MUTANTS: dict[str, Callable[[], None]] = {made.__name__: made for made in (
    appends, publishes_in_place, marks_before_sending, tells_before_publishing, commits_every_statement,
    renames_without_draft)}
