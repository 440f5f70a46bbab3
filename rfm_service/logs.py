"""How a line is written: a readable service.log that rotates, and redaction of every secret in it."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path
from urllib.parse import quote, quote_plus

from rfm_service.domain.errors import RfmError

TAIL_BYTES = 300_000
FORMAT = "%(asctime)s %(levelname)s %(run)s %(name)s: %(message)s"
LINE_OF_RUN = re.compile(r"\d{4}-\d\d-\d\d \S+ [A-Z]+ (\S+) ")
BOT_TOKEN = re.compile(r"\d{6,12}:[A-Za-z0-9_-]{20,}")


class Redacting(logging.Formatter):
    """A formatter that hides the secrets after the whole line, traceback included, is made."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__(FORMAT, defaults={"run": "-"})
        forms = {form for secret in secrets if secret.strip()
                 for form in (secret, secret.strip(), quote(secret), quote(secret, safe=""), quote_plus(secret),
                              repr(secret)[1:-1], repr(secret.encode("utf-8", "replace"))[2:-1])}
        self._secrets = sorted(forms, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record without secrets."""
        return self.redact(super().format(record))

    def redact(self, text: str) -> str:
        """A text without secrets: those named, and anything shaped like a bot token."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return BOT_TOKEN.sub("***", text)


def start(path: Path, level: str, secrets: Iterable[str], *, keep: int, size_mb: float) -> logging.Handler:
    """Open the log file for everything this program and its libraries log. Raises RfmError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RfmError("The log folder {path} cannot be made: {reason}. Check logs.path and the rights of the "
                       "service.", path=str(path.parent), reason=error.strerror or "?") from error
    opened = RotatingFileHandler(path, maxBytes=int(size_mb * 1_000_000), backupCount=keep,
                                 encoding="utf-8", errors="backslashreplace", delay=True)
    opened.setFormatter(Redacting(secrets))
    root = logging.getLogger()
    root.setLevel(logging.WARNING)
    logging.getLogger("rfm_service").setLevel(level)
    root.addHandler(opened)
    # It warns of odd headers with their text, which may hold anything.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    logging.captureWarnings(True)
    return opened


class Spoken(Redacting):
    """A formatter for people: the message alone, in the language of a catalogue."""

    def __init__(self, secrets: Iterable[str], texts: Callable[..., str]) -> None:
        super().__init__(secrets)
        self._texts = texts

    def format(self, record: logging.LogRecord) -> str:
        """The message of a record without secrets."""
        values = record.args if isinstance(record.args, tuple) else ()
        return self.redact(self._texts(record.msg) % tuple(
            value.sentence(self._texts) if isinstance(value, RfmError) else value for value in values))


@contextmanager
def retries_said(secrets: Iterable[str], texts: Callable[..., str]) -> Iterator[None]:
    """Let a person at the terminal see why a night waits: what sources warn of goes to stderr too."""
    logger, spoken = logging.getLogger("rfm_service.sources"), logging.StreamHandler()
    spoken.setFormatter(Spoken(secrets, texts))
    spoken.setLevel(logging.WARNING)
    logger.addHandler(spoken)
    try:
        yield
    finally:
        logger.removeHandler(spoken)


def stop(opened: logging.Handler) -> None:
    """Close what `start` opened."""
    logging.getLogger().removeHandler(opened)
    opened.close()


def name_run(run: str) -> None:
    """Write the name of a run into every line from now on."""
    made = logging.getLogRecordFactory()
    base = getattr(made, "base", made)

    def factory(*args: object, **kwargs: object) -> logging.LogRecord:
        record: logging.LogRecord = base(*args, **kwargs)
        record.run = run
        return record

    factory.base = base  # type: ignore[attr-defined]
    logging.setLogRecordFactory(factory)


def tail(path: Path, run: str, redactor: Callable[[str], str]) -> str:
    """The newest lines that a log, the file before it too, holds of a run, at most TAIL_BYTES, without secrets."""
    kept: list[str] = []
    ours = False
    for line in _lines(path.with_name(path.name + ".1")) + _lines(path):
        begun = LINE_OF_RUN.match(line)
        ours = begun[1] == run if begun else ours
        if ours:
            kept.append(line)
    text = redactor("\n".join(kept)).encode("utf-8", "replace")
    return text[-TAIL_BYTES:].decode("utf-8", "ignore")


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
