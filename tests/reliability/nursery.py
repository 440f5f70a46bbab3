"""A process that has loaded the program once and forks a run of its command line for each job: a kill costs moments.

A job is a line of JSON: {"argv": [...], "home": folder, "output": file, "trace": file or "", "mutant": name or "",
"at": the number or the name of the event at which the run kills itself, "seconds": after which it is killed}. The
answer is a line too: {"code": exit code, below 0 the signal}.

Events are what may leave something half done: every file of the home that is opened, renamed, made or removed, every
statement of SQLite (of many alike every fiftieth), every connection and request, and every line of the diary, before it
and after it: `diary start fetch before 1`.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import sys
import threading
import time
from collections import Counter
from importlib import import_module
from typing import Any

LOADED = ("rfm_service.cli", "rfm_service.night", "rfm_service.sources.onec_http", "rfm_service.engines.memory",
          "rfm_service.renderers.machine_tables", "rfm_service.renderers.charts", "rfm_service.publishers.folder",
          "rfm_service.notifiers.telegram", "rfm_service.ledger.snapshots", "rfm_service.ledger.facts",
          "adbc_driver_sqlite.dbapi", "pyarrow", "alembic.command", "filelock", "tests.reliability.mutants")
OF_FILES = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.truncate", "shutil.rmtree", "shutil.move",
            "shutil.copyfile")
OF_OTHERS = ("socket.connect", "http.client.send", "sqlite3.connect")
ALIKE = 50
"""Of statements that begin alike one in so many is an event."""


class Watch:
    """Counts the events of a run and kills it at one of them."""

    def __init__(self, home: str, at: int | str | None, trace: str) -> None:
        self.home, self.at = home, at
        self.number, self.alike, self.statement = 0, 0, ""
        self.named: Counter[str] = Counter()
        self.file = os.open(trace, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) if trace else -1
        self.within = threading.local()

    def start(self) -> None:
        """Watch from now on."""
        from rfm_service.journal import Journal

        written = Journal.write

        def watched(journal: Journal, step: str, event: str, **more: object) -> None:
            self.met(f"diary {event} {step} before")
            written(journal, step, event, **more)
            self.met(f"diary {event} {step} after")

        Journal.write = watched  # type: ignore[method-assign]
        sys.addaudithook(self.audited)

    def audited(self, event: str, arguments: tuple[Any, ...]) -> None:
        """An event of the interpreter."""
        if event == "open":
            if str(arguments[0]).startswith(self.home):
                self.met(f"open {arguments[0]}")
        elif event in OF_FILES:
            self.met(f"{event} {arguments[0]}")
        elif event in OF_OTHERS:
            self.met(event)

    def said(self, statement: str) -> None:
        """A statement that SQLite is about to carry out."""
        begun = statement[:24]
        self.alike = self.alike + 1 if begun == self.statement else 0
        self.statement = begun
        if self.alike % ALIKE == 0:
            self.met(f"sql {' '.join(begun.split())}")

    def met(self, name: str) -> None:
        """An event: where it is the one, the end."""
        if getattr(self.within, "busy", False):
            return
        self.within.busy = True
        self.number += 1
        self.named[name] += 1
        told = f"{name} {self.named[name]}"
        if self.file >= 0:
            os.write(self.file, f"{told}\n".encode("utf-8", "replace"))
        if self.at in (self.number, told):
            os.kill(os.getpid(), signal.SIGKILL)
        self.within.busy = False


def listened(watch: Watch) -> None:
    """Let every connection of the warehouse tell its statements."""
    from rfm_service.ledger import warehouse

    prepared = warehouse._prepare

    def prepare(connection: sqlite3.Connection, record: object) -> None:
        prepared(connection, record)
        connection.set_trace_callback(watch.said)

    warehouse._prepare = prepare


def live(job: dict[str, Any]) -> int:
    """Be the run of a job; its exit code."""
    out = os.open(job["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.environ.update(job.get("environment", {}))
    watch = Watch(job["home"], job.get("at"), job.get("trace", ""))
    if job.get("mutant"):
        import_module("tests.reliability.mutants").MUTANTS[job["mutant"]]()
    listened(watch)
    watch.start()
    sys.argv = ["rfm-service", *job["argv"]]
    try:
        import_module("rfm_service.__main__").main()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return 0


def ended(child: int, seconds: float | None) -> int:
    """How a run ended: its exit code, or the signal below 0; past its seconds it is killed."""
    if seconds is not None:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main() -> None:
    """Load the program; then a run a line, until there are no more."""
    for name in LOADED:
        import_module(name)
    for line in sys.stdin:
        job = json.loads(line)
        child = os.fork()
        if child == 0:
            code = 1
            try:
                code = live(job)
                sys.stdout.flush()
                sys.stderr.flush()
            finally:
                os._exit(code)
        print(json.dumps({"code": ended(child, job.get("seconds"))}), flush=True)


if __name__ == "__main__":
    main()
