"""How a line is written: readable and as JSON, each file rotated by size and age, every line redacted."""

from __future__ import annotations

import json
import logging
import re
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta, tzinfo
from logging import LogRecord
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock, Timeout

from rfm_service.domain.errors import RfmError
from rfm_service.redaction import HIDDEN, Redactor

OLDEST_LINE = timedelta(days=7)
"""A file whose first line is older is put aside."""
LONGEST = 50_000
"""Characters of a line; what is more is cut."""
PATIENCE_S = 1
TAIL_LINES, TAIL_BYTES = 500, 200_000
OUTSPOKEN = ("TeleBot",)
"""Loggers that a library gives a console of its own, which knows of no redaction."""
CARELESS = ("urllib3",)
"""Loggers whose values may hold anything: headers, addresses, bodies."""
PLACE = re.compile(r"%(?:\(\w+\))?[-#0 +]*\d*(?:\.\d+)?[a-zA-Z]")
VALUE = re.compile(r"(?<!\w)[bur]?'(?![a-z_][\w.]*')(?:[^'\\\n]|\\.)*(?:'|$)|(?<!\w)[bur]?\"(?:[^\"\\\n]|\\.)*(?:\"|$)"
                   r"|\b\w*[^\W\d_\x00-\x7f]\w*", re.MULTILINE)
"""What an exception that is not ours tells of values: in quotes (names of columns and modules apart), or not Latin."""
DAY = re.compile(rb"\d{4}-\d\d-\d\d")


class Growth(NamedTuple):
    """How long logs grow: megabytes of a file, files put aside, days that these are kept."""

    megabytes: float
    files: int
    days: int


class Redacting(logging.Formatter):
    """A formatter that hides what no line may hold, after the whole line, traceback included, is made."""

    def __init__(self, redactor: Redactor, zone: tzinfo = UTC) -> None:
        super().__init__()
        self.redactor = redactor
        self.zone = zone

    def format(self, record: LogRecord) -> str:
        """A readable line: time, level, run, logger, text."""
        at = f"{self._at(record):%Y-%m-%d %H:%M:%S},{int(record.msecs):03d}"
        told = "\n".join(filter(None, (said(record), self.excused(record))))
        return self.redact(f"{at} {record.levelname} {_run(record)} {record.name}: {told}")[:LONGEST]

    def redact(self, text: str) -> str:
        """A text without what no line may hold."""
        return self.redactor(text)

    def excused(self, record: LogRecord) -> str:
        """The traceback of a record; until names are known, without what errors that are not ours say."""
        return excused(record, self.redactor)

    def _at(self, record: LogRecord) -> datetime:
        return datetime.fromtimestamp(record.created, self.zone)


class Structured(Redacting):
    """A formatter for programs: one JSON object a line."""

    def format(self, record: LogRecord) -> str:
        """The line of a record: at, level, run, logger, text, and a traceback where there is one."""
        told = {"at": self._at(record).isoformat(timespec="milliseconds"), "level": record.levelname,
                "run": self.redact(_run(record)), "logger": record.name, "text": self.redact(said(record))[:LONGEST]}
        if trace := self.excused(record):
            told["traceback"] = self.redact(trace)[:LONGEST]
        return json.dumps(told, ensure_ascii=False)


class Spoken(Redacting):
    """A formatter for people: the message alone, in the language of a catalogue."""

    def __init__(self, redactor: Redactor, texts: Callable[..., str]) -> None:
        super().__init__(redactor)
        self._texts = texts

    def format(self, record: LogRecord) -> str:
        """The message of a record, redacted."""
        values = record.args if isinstance(record.args, tuple) else ()
        return self.redact(self._texts(record.msg) % tuple(
            value.sentence(self._texts) if isinstance(value, RfmError) else value for value in values))


def _run(record: LogRecord) -> str:
    return str(getattr(record, "run", "-"))


def said(record: LogRecord) -> str:
    """The text of a record; its values are left out where their logger is careless or they do not fit."""
    if not record.name.startswith(CARELESS):
        with suppress(Exception):
            return record.getMessage()
    return PLACE.sub(HIDDEN, str(record.msg))


def excused(record: LogRecord, redactor: Redactor) -> str:
    """The traceback of a record and its stack; what errors that are not ours say comes without values or not at all."""
    telling = None if not redactor.names.known or record.name.startswith(CARELESS) else redactor
    error = record.exc_info[1] if record.exc_info else None
    told = [_frames(each) + _told(each, telling) for each in (_chain(error) if error else ())]
    return "\n\n".join([*told, *filter(None, [record.stack_info])])


def _frames(error: BaseException) -> str:
    """Where an error came from; nothing where it was never raised."""
    frames = traceback.format_tb(error.__traceback__)
    return "".join(["Traceback (most recent call last):\n", *frames]) if frames else ""


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error after what led to it."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    met = [error]
    while before is not None and before not in met:
        met.append(before)
        before = before.__cause__ or (None if before.__suppress_context__ else before.__context__)
    return reversed(met)


def _told(error: BaseException, redactor: Redactor | None) -> str:
    kind = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    # The text of the system is about files and sockets; in that of others any value of a row may stand.
    of_system = isinstance(error, OSError) and type(error).__module__ in ("builtins", "socket")
    ours = isinstance(error, RfmError) or of_system
    text = ""
    with suppress(Exception):
        text = str(error)
    if ours:
        return f"{kind}: {text}"
    # Names first: without a part of it that is in quotes a name is not known again.
    return f"{kind}: {VALUE.sub(HIDDEN, redactor(text))}" if redactor else kind


class Rotating(logging.Handler):
    """Appends lines to a file that other programs append to as well; nothing that goes wrong here stops a night.

    The file is opened for each line, so that none goes into a file that another program put aside, and none keeps
    Windows from putting it aside. Without the lock the line is written all the same; the rotation waits.
    """

    def __init__(self, path: Path, growth: Growth) -> None:
        super().__init__()
        self.path = path
        self.growth = growth
        self._lock_file = FileLock(path.with_name(f".{path.name}.lock"), timeout=PATIENCE_S)
        self._tidy = False

    def emit(self, record: LogRecord) -> None:
        """Write a line, after the file was put aside where it is too large or too old."""
        try:
            line = self.format(record).encode("utf-8", "backslashreplace") + b"\n"
        except Exception:
            line = f"- {record.levelname} - {record.name}: a line that could not be made\n".encode()
        try:
            with self._lock_file:
                with suppress(OSError):
                    self._rotate(len(line), datetime.fromtimestamp(record.created, UTC))
                self._append(line)
        except (OSError, Timeout, NotImplementedError):
            with suppress(OSError):
                self._append(line)

    def _append(self, line: bytes) -> None:
        with self.path.open("ab", buffering=0) as opened:
            opened.write(line)

    def _rotate(self, more: int, now: datetime) -> None:
        """Put the file aside where it is due, and remove what is too old. Raises OSError."""
        size, first = self._state()
        due = size and (size + more > self.growth.megabytes * 1_000_000 or first < (now - OLDEST_LINE).date())
        if due:
            self._shift()
        if due or not self._tidy:
            self._tidy = True
            self._remove_old(now)

    def _state(self) -> tuple[int, date]:
        """The size of the file, and the day of its first line."""
        try:
            with self.path.open("rb") as opened:
                found = DAY.search(opened.read(100))
                return self.path.stat().st_size, date.fromisoformat(found[0].decode()) if found else date.max
        except FileNotFoundError:
            return 0, date.max
        except ValueError:
            return self.path.stat().st_size, date.max

    def _shift(self) -> None:
        """service.log becomes service.log.1, that .2, up to the first number that is free."""
        numbers = range(1, self.growth.files + 1)
        free = next((number for number in numbers if not self._aside(number).exists()), self.growth.files)
        for number in range(free, 1, -1):
            self._aside(number - 1).replace(self._aside(number))
        self.path.replace(self._aside(1))

    def _aside(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")

    def _remove_old(self, now: datetime) -> None:
        oldest = (now - timedelta(days=self.growth.days)).timestamp()
        for number, path in _put_aside(self.path):
            if number > self.growth.files or path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)


def _put_aside(path: Path) -> list[tuple[int, Path]]:
    """The files of a log that were put aside, newest first, each with its number."""
    found = ((each.name.removeprefix(f"{path.name}."), each) for each in path.parent.glob(f"{path.name}.*"))
    return sorted((int(number), each) for number, each in found if number.isdecimal())


class _Elsewhere(logging.Filter):
    """Takes the lines of a library past its own console to our files."""

    def filter(self, record: LogRecord) -> bool:
        for target in logging.getLogger().handlers:
            if record.levelno >= max(target.level, logging.WARNING):
                target.handle(record)
        return False


class Opened(NamedTuple):
    """What `start` opened."""

    handlers: Sequence[logging.Handler]
    filters: Sequence[tuple[str, logging.Filter]]


def start(path: Path, level: str, redactor: Redactor, growth: Growth, zone: tzinfo = UTC) -> Opened:
    """Open service.log, and service.jsonl beside it, for everything this program and its libraries log.

    Raises RfmError.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RfmError("The log folder {path} cannot be made: {reason}. Check logs.path and the rights of the "
                       "service.", path=str(path.parent), reason=error.strerror or "?") from error
    opened = Opened([Rotating(path, growth), Rotating(path.with_suffix(".jsonl"), growth)],
                    [(name, _Elsewhere()) for name in OUTSPOKEN])
    root = logging.getLogger()
    root.setLevel(logging.WARNING)
    logging.getLogger("rfm_service").setLevel(level)
    for handler, formatter in zip(opened.handlers, (Redacting(redactor, zone), Structured(redactor, zone)),
                                  strict=True):
        handler.setFormatter(formatter)
        root.addHandler(handler)
    for name, passing in opened.filters:
        logging.getLogger(name).addFilter(passing)
    # It tells of each lock, and we take one a line.
    logging.getLogger("filelock").setLevel(logging.WARNING)
    logging.captureWarnings(True)
    return opened


def stop(opened: Opened) -> None:
    """Close what `start` opened."""
    for handler in opened.handlers:
        logging.getLogger().removeHandler(handler)
        handler.close()
    for name, passing in opened.filters:
        logging.getLogger(name).removeFilter(passing)


def hide_names(names: Iterable[str]) -> None:
    """Let no line from now on hold these names of customers."""
    names = list(names)
    for redactor in _redactors():
        redactor.names.add(names)


def _redactors() -> list[Redactor]:
    handlers = (*logging.getLogger().handlers, *logging.getLogger("rfm_service.sources").handlers)
    found = {id(handler.formatter.redactor): handler.formatter.redactor for handler in handlers
             if isinstance(handler.formatter, Redacting)}
    return list(found.values())


@contextmanager
def retries_said(redactor: Redactor, texts: Callable[..., str]) -> Iterator[None]:
    """Let a person at the terminal see why a night waits: what sources warn of goes to stderr too."""
    logger, spoken = logging.getLogger("rfm_service.sources"), logging.StreamHandler()
    spoken.setFormatter(Spoken(redactor, texts))
    spoken.setLevel(logging.WARNING)
    logger.addHandler(spoken)
    try:
        yield
    finally:
        logger.removeHandler(spoken)


def name_run(run: str) -> None:
    """Write the name of a run into every line from now on."""
    made = logging.getLogRecordFactory()
    base = getattr(made, "base", made)

    def factory(*args: object, **kwargs: object) -> LogRecord:
        record: LogRecord = base(*args, **kwargs)
        record.run = run
        return record

    factory.base = base  # type: ignore[attr-defined]
    logging.setLogRecordFactory(factory)


def tail(path: Path, run: str, redactor: Redactor) -> str:
    """The last lines of a run, at most 500 and 200 KB, out of a log and its files put aside; redacted once more."""
    lines: list[str] = []
    for each in (path, *(aside for _, aside in _put_aside(path))):
        with suppress(OSError):
            lines = _lines_of(each.read_text(encoding="utf-8", errors="replace"), run) + lines
        if len(lines) >= TAIL_LINES:
            break
    kept = redactor("\n".join(lines[-TAIL_LINES:])).encode()
    return kept[-TAIL_BYTES:].decode("utf-8", "ignore")


def _lines_of(text: str, run: str) -> list[str]:
    """The lines of a run, with those that go on from them: a traceback has no time of its own."""
    found, ours = [], False
    for line in text.splitlines():
        words = line.split(" ", 4)
        if len(words) == 5 and DAY.fullmatch(words[0].encode()):
            ours = words[3] == run
        if ours:
            found.append(line)
    return found
