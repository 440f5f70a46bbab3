"""A night that is killed and started again until it is good, beside a calm twin: what of it differs in the end."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from rfm_service.emulator.botapi import Sent
from tests.nights.company import Company

ROOT = Path(__file__).parents[2]
STARTS = 3
"""So often a night is started again at most until it is good."""
RUN = re.compile(r"\d{4}-\d\d-\d\d-\d{8}T\d{6}-[0-9a-f]{6}")
SAID = re.compile(r"RFM as of .*|The night of .*?(?:went well|stopped at the step.*|is postponed.*)")
"""What a message says that two runs of a night say alike."""
REPEAT = "(possible repeat)"
FACTS = {
    "versions": """SELECT number, returned, year, day, versions.lines, amount, until > 0, customers.name
        FROM versions JOIN documents USING (document_no) JOIN customers ON customers.customer_no =
        versions.customer_no""",
    "live lines": """SELECT number, ordinal, lines.day, lines.amount, quantity, product FROM lines
        JOIN versions USING (version_no) JOIN documents USING (document_no) JOIN products USING (product_no)
        WHERE lines.until = 0""",
    "customers": "SELECT customer_id, name, email, category, manager FROM customers",
    "quarantine": "SELECT day, reason, row FROM quarantine",
    "snapshots": """SELECT snapshots.as_of, name, recency_days, frequency, monetary, r, f, m, segment, tier
        FROM snapshots LEFT JOIN snapshot_rows USING (as_of) LEFT JOIN customers USING (customer_no)""",
    "moves": """SELECT as_of, name, from_segment, to_segment, cause FROM moves JOIN customers USING (customer_no)"""}
CONCLUSIONS = ("snapshots", "moves")

Rows = Counter[tuple[object, ...]]


class Nursery:
    """The process that forks runs; a context manager."""

    def __init__(self) -> None:
        self._forking = subprocess.Popen([sys.executable, "-m", "tests.reliability.nursery"], cwd=ROOT,
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8",
                                         env={**os.environ, "PYTHONPATH": str(ROOT)})

    def run(self, **job: object) -> int:
        """Run the command line of a job; its exit code, or the signal below 0."""
        assert self._forking.stdin is not None
        assert self._forking.stdout is not None
        self._forking.stdin.write(json.dumps(job) + "\n")
        self._forking.stdin.flush()
        return int(json.loads(self._forking.stdout.readline())["code"])

    def close(self) -> None:
        """End the process."""
        self._forking.communicate(timeout=60)


class Told(NamedTuple):
    """A message that arrived: what it says, without the seconds and counts of its run."""

    chat: str
    text: str

    @classmethod
    def of(cls, sent: Sent) -> Told:
        """A message of the local Bot API."""
        found = SAID.search(sent.text)
        return cls(sent.chat_id, found[0] if found else sent.text)


@dataclass(frozen=True)
class State:
    """What stays of nights: the facts of the ledger by kind, the files of the report, the messages."""

    facts: dict[str, Rows]
    files: dict[str, str]
    told: Counter[Told]


@dataclass(frozen=True)
class Kill:
    """When a run is killed: at an event, by number or name, or after seconds."""

    at: int | str | None = None
    seconds: float | None = None

    def __str__(self) -> str:
        return f"at event {self.at}" if self.at is not None else f"after {self.seconds:.3f} s"


@dataclass
class Verdict:
    """What a kill led to: whether it met the run, what is wrong, how many messages came twice."""

    met: bool = False
    wrong: list[str] = field(default_factory=list)
    doubled: int = 0


@dataclass
class Stand:
    """A company before the night of a day: each trial begins with the same folder, and is compared with the calm one.

    `code`: how the calm night ends.
    """

    firm: Company
    nursery: Nursery
    night: date
    saved: Path
    code: int = 0
    calm: State | None = None
    before: State | None = None
    events: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def save(self) -> None:
        """Take the company's folder as it is for the one before the night, and let the calm twin have its night."""
        shutil.copytree(self.firm.folder, self.saved)
        self.reset()
        self.before = self.state()
        begun = time.monotonic()
        self.events = self.trace()
        self.seconds = time.monotonic() - begun
        self.calm = self.state()

    def reset(self) -> None:
        """Everything as before the night."""
        for each in self.firm.folder.iterdir():
            shutil.rmtree(each) if each.is_dir() else each.unlink()
        shutil.copytree(self.saved, self.firm.folder, dirs_exist_ok=True)
        self.firm.chat.clear()

    def output(self) -> str:
        """What the last run said."""
        return (self.saved.parent / "output").read_text(encoding="utf-8", errors="replace")

    def moment(self, chance: random.Random, events: Sequence[str]) -> Kill:
        """A random event of a random kind: what is rare is met as often as what is not."""
        kinds: dict[str, list[str]] = {}
        for event in events:
            kinds.setdefault(_kind(event, str(self.firm.folder)), []).append(event)
        return Kill(at=chance.choice(kinds[chance.choice(sorted(kinds))]))

    def trace(self, mutant: str = "") -> list[str]:
        """The events of a night that nobody kills, as a variant of the program has it."""
        self.reset()
        trace = self.saved.parent / "trace"
        assert self.run(trace=str(trace), mutant=mutant) == self.code, self.output()
        return trace.read_text(encoding="utf-8", errors="replace").splitlines()

    def boundaries(self) -> list[str]:
        """The events around each line of the diary."""
        return [event for event in self.events if event.startswith("diary ")]

    def killed(self, kill: Kill, mutant: str = "") -> Verdict:
        """The night is killed, looked at, started again until it is good, and compared with the calm one."""
        self.reset()
        verdict = Verdict()
        code = self.run(at=kill.at, seconds=kill.seconds, mutant=mutant)
        verdict.met = code == -9
        verdict.wrong += [f"after the kill: {each}" for each in (*self.half_reports(), *self._half_facts(),
                                                                *self._told_too_early())]
        for _ in range(STARTS if verdict.met else 0):
            code = self.run(mutant=mutant)
            if code == self.code:
                break
        if code != self.code:
            verdict.wrong.append(f"ends with {code}: {self.output()[-500:]}")
        verdict.wrong += self.half_reports()
        self._compare(self.state(), verdict)
        return verdict

    def run(self, **job: object) -> int:
        """The night of the day: its exit code, or the signal below 0."""
        return self.command("run", "--as-of", self.night.isoformat(), **job)

    def command(self, name: str, *words: str, **job: object) -> int:
        """A command of the company: its exit code, or the signal below 0."""
        return self.nursery.run(argv=[name, "--settings", str(self.firm.folder / "settings.toml"), *words],
                                home=str(self.firm.folder), output=str(self.saved.parent / "output"), **job)

    def state(self) -> State:
        """What stands now."""
        files = {path.relative_to(self.reports).as_posix(): _content(path)
                 for path in self.reports.rglob("*") if path.is_file()}
        return State(self._facts(), files, Counter(map(Told.of, self.firm.chat.sent)))

    @property
    def reports(self) -> Path:
        """The share."""
        return self.firm.folder / "reports"

    def _facts(self) -> dict[str, Rows]:
        warehouse = self.firm.folder / "data" / "warehouse.db"
        if not warehouse.exists():
            return {}
        with closing(sqlite3.connect(warehouse)) as connection:
            there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
            return {kind: Counter(connection.execute(query)) for kind, query in FACTS.items()} if (
                "moves" in there) else {}

    def _compare(self, state: State, verdict: Verdict) -> None:
        assert self.calm is not None
        verdict.wrong += [f"{kind}: {_difference(state.facts.get(kind, Counter()), rows)}"
                          for kind, rows in self.calm.facts.items() if state.facts.get(kind, Counter()) != rows]
        verdict.wrong += [f"the report differs: {name}" for name in state.files.keys() | self.calm.files.keys()
                          if state.files.get(name) != self.calm.files.get(name)]
        missing = self.calm.told - state.told
        verdict.wrong += [f"nobody was told: {told.text[:60]}" for told in missing]
        verdict.doubled = (state.told - self.calm.told).total()
        marked = sum(sent.text.startswith(REPEAT) for sent in self.firm.chat.sent)
        # Of a night that fails each run tells anew.
        if self.code == 0 and verdict.doubled > marked:
            verdict.wrong.append(f"{verdict.doubled - marked} repeats are not marked")

    def half_reports(self) -> Iterator[str]:
        """The folders that a reader sees and that are not whole."""
        for folder in self.reports.iterdir() if self.reports.exists() else ():
            if folder.is_dir() and folder.name != "inbox" and not folder.name.startswith("."):
                files = {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
                         for path in folder.rglob("*") if path.is_file()}
                files.pop("manifest.json", None)
                manifest = folder / "manifest.json"
                if not manifest.is_file() or json.loads(manifest.read_bytes() or b"{}").get("files") != files:
                    yield f"half a report in {folder.name}"

    def _half_facts(self) -> Iterator[str]:
        """The ledger holds the conclusions and the live lines of before or of after, and nothing between."""
        assert self.calm is not None
        assert self.before is not None
        now = self._facts()
        for kind in (*CONCLUSIONS, "live lines") if now else ():
            if self.before.facts and now[kind] not in (self.before.facts[kind], self.calm.facts[kind]):
                yield f"half of the {kind}"

    def _told_too_early(self) -> Iterator[str]:
        """Nobody is told, or will be, of a report that is not there."""
        warehouse = self.firm.folder / "data" / "warehouse.db"
        if (self.reports / self.night.isoformat()).exists() or not warehouse.exists():
            return
        with closing(sqlite3.connect(warehouse)) as connection:
            if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'outbox'").fetchall():
                return
            for (key,) in connection.execute("SELECT key FROM outbox WHERE key LIKE '%:' || ? || ':%'",
                                             (self.night.isoformat(),)).fetchall():
                if key.startswith(("report:", "success:")):
                    yield f"word of a report that is not there: {key.partition(':')[0]}"


def _kind(event: str, home: str) -> str:
    """What an event does: statements that change something by table, others together; files by their folder."""
    name = event.rpartition(" ")[0]
    if name.startswith("sql "):
        return name if name.split()[1] in ("INSERT", "UPDATE", "DELETE", "COMMIT") else "sql"
    deed, _, path = name.partition(" ")
    return f"{deed} {Path(path).relative_to(home).parts[:1]}" if path.startswith(home) else deed


def _content(path: Path) -> str:
    """A file by its hash; a manifest without the name of its run and the addresses that its settings hold."""
    content = path.read_bytes()
    if path.name == "manifest.json":
        told: dict[str, Any] = json.loads(content or b"{}")
        kept = {key: value for key, value in told.items() if key not in ("run", "settings")}
        content = json.dumps(kept, sort_keys=True).encode()
    return hashlib.sha256(RUN.sub("RUN", content.decode("latin-1")).encode("latin-1")).hexdigest()


def _difference(found: Rows, expected: Rows) -> str:
    more, less = found - expected, expected - found
    return f"{more.total()} too many, {less.total()} too few, such as {next(iter(more or less))}"


@contextmanager
def nursery() -> Iterator[Nursery]:
    """A nursery, ended at the end."""
    opened = Nursery()
    try:
        yield opened
    finally:
        opened.close()
