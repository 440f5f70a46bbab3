"""What the bot keeps beside the ledger: data/bot.json, so that no command is lost or carried out twice unmarked."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from hashlib import blake2b
from pathlib import Path

log = logging.getLogger(__name__)

DONE = 200
SEEN = 1000
NAME = "bot.json"


@dataclass(frozen=True)
class Memory:
    """`done`: updates carried out that Telegram may send again; `doing`: the one begun; `drafted`: its night is asked.

    `strangers` counts those who wrote and are not listed, `stray` their messages; `seen` tells the newest of them
    apart without naming them. `moved`: old and new ids of listed groups that became supergroups under its eyes.
    """

    done: tuple[int, ...] = ()
    doing: int = 0
    drafted: int = 0
    strangers: int = 0
    stray: int = 0
    seen: tuple[str, ...] = ()
    moved: Mapping[str, str] = field(default_factory=dict)

    def finished(self, update: int) -> Memory:
        """With an update done."""
        return replace(self, done=(*self.done, update)[-DONE:], doing=0, drafted=0)

    def met(self, stranger: str, secret: str) -> Memory:
        """With one more message of a stranger."""
        key = secret.encode("utf-8", "replace")[:64]
        mark = blake2b(stranger.encode("utf-8", "replace"), digest_size=8, key=key).hexdigest()
        if mark in self.seen:
            return replace(self, stray=self.stray + 1)
        return replace(self, stray=self.stray + 1, strangers=self.strangers + 1, seen=(*self.seen, mark)[-SEEN:])


def recalled(path: Path) -> Memory:
    """What a file holds; nothing where it is not there or damaged."""
    try:
        told = json.loads(path.read_bytes())
        return Memory(tuple(map(int, told["done"])), int(told["doing"]), int(told["drafted"]), int(told["strangers"]),
                      int(told["stray"]), tuple(map(str, told["seen"])),
                      {str(old): str(new) for old, new in told["moved"].items()})
    except FileNotFoundError:
        return Memory()
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        log.warning("%s cannot be read; the bot begins anew.", path.name)
        return Memory()


def keep(path: Path, memory: Memory) -> None:
    """Write it whole or not at all; what cannot be written is logged and stops nothing."""
    try:
        write_whole(path, json.dumps(asdict(memory)).encode())
    except OSError as error:
        log.error("%s cannot be written: %s", path.name, error.strerror or type(error).__name__)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file by a draft beside it. Raises OSError."""
    written = draft(path, content)
    written.replace(path)


def draft(path: Path, content: bytes) -> Path:
    """Write the draft of a file; a reader of its folder takes it for no file of ours. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    written = draft_of(path)
    with written.open("wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())
    return written


def draft_of(path: Path) -> Path:
    """Where the draft of a file lies."""
    return path.with_name(f".{path.name}.draft")
