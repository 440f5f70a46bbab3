"""Power cuts, modelled over the writes that a real night really made.

`recorded` runs the real command under strace and keeps every write, sync, truncation and unlink of its files, those of
both SQLites of the process. `Disk` is a disk with a volatile cache: what was synced lasts; of what was not, each sector
of 512 bytes may be there or not, in any order; creations and removals last in their order, up to some point. `Story`
knows which transactions had been acknowledged at each moment: the program had gone on to something else.
"""

from __future__ import annotations

import hashlib
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple

SECTOR = 512
CALLS = ("open,openat,creat,write,pwrite64,pwritev,writev,ftruncate,truncate,fallocate,fsync,fdatasync,unlink,unlinkat,"
         "rename,renameat,renameat2,mkdir,mkdirat")
LINE = re.compile(r"(\d+) +(\w+)\((.*)\) += (-?\d+)")
UNFINISHED = re.compile(r"(\d+) +(\w+)\((.*) <unfinished \.\.\.>")
RESUMED = re.compile(r"(\d+) +<\.\.\. (\w+) resumed>(.*)")
ON_FD = re.compile(r"\d+<([^>]*)>")
QUOTED = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')
FRAME_HEADER = 24
CHILD = """
import sys
from rfm_service.ledger import warehouse
warehouse.PRAGMAS = tuple(each.replace("=FULL", "={mode}") for each in warehouse.PRAGMAS)
from rfm_service.__main__ import main
main()
"""


class Event(NamedTuple):
    """One call on a file: what, on which path, and where it applies the offset and bytes, or the other path."""

    call: str
    path: Path
    offset: int = 0
    content: bytes = b""
    other: Path | None = None


def recorded(settings: Path, as_of: str, mode: str = "FULL") -> list[Event]:
    """The calls of one night on the files below the folder of the settings, oldest first."""
    home, trace = settings.parent, settings.parent.parent / "trace"
    strace = ["strace", "-f", "-y", "-xx", "-s", "4000000", "--seccomp-bpf", "-e", f"trace={CALLS}", "-o", str(trace)]
    night = [sys.executable, "-c", CHILD.replace("{mode}", mode), "run", "--settings", str(settings), "--as-of", as_of]
    done = subprocess.run([*strace, *night], capture_output=True, timeout=300, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr
    with trace.open(encoding="ascii") as opened:
        return [event for event in _events(opened) if home in event.path.parents]


def _events(lines: Iterator[str]) -> Iterator[Event]:
    begun: dict[str, str] = {}
    for line in lines:
        if found := UNFINISHED.match(line):
            begun[found[1]] = found[3]
            continue
        resumed = RESUMED.match(line)
        whole = f"{resumed[1]} {resumed[2]}({begun.pop(resumed[1], '')}{resumed[3]}" if resumed else line
        if (found := LINE.match(whole)) and int(found[4]) >= 0:
            yield from _event(found[2], found[3], int(found[4]))


def _event(call: str, arguments: str, returned: int) -> Iterator[Event]:
    on = [Path(_plain(path)) for path in ON_FD.findall(arguments)]
    quoted = QUOTED.findall(arguments)
    assert not any(cut for _, cut in quoted), "strace cut a string"
    texts = [bytes.fromhex(text.replace("\\x", "")) for text, _ in quoted]
    match call:
        case "pwrite64":
            assert returned == len(texts[0])
            yield Event("write", on[0], int(arguments.rpartition(", ")[2]), texts[0])
        case "write":
            yield Event("append", on[0], 0, texts[0])
        case "ftruncate":
            yield Event("truncate", on[0], int(arguments.rpartition(", ")[2]))
        case "fsync" | "fdatasync":
            yield Event("sync", on[0])
        case "open" | "openat" | "creat" | "mkdir" | "mkdirat" | "unlink" | "unlinkat":
            name = "open" if call in ("openat", "creat") else call.removesuffix("at")
            if name != "open" or "O_CREAT" in arguments or call == "creat":
                yield Event(name, _at(on, texts[0]))
        case "rename" | "renameat" | "renameat2":
            yield Event("rename", Path(texts[0].decode()), other=Path(texts[1].decode()))
        case _:
            # A call that the model does not know must not be passed over, unless it is on no file of ours.
            yield Event(call, on[0] if on else Path(texts[0].decode()))


def _plain(path: str) -> str:
    return bytes.fromhex(path.replace("\\x", "")).decode() if path.startswith("\\x") else path


def _at(on: Sequence[Path], name: bytes) -> Path:
    path = Path(name.decode())
    return path if path.is_absolute() else (on[0] if on else Path.cwd()) / path


@dataclass
class Inode:
    """A file's bytes that last, and what is only in the cache."""

    lasting: bytearray = field(default_factory=bytearray)
    cached: list[Event] = field(default_factory=list)

    def sync(self) -> None:
        for event in self.cached:
            _apply(self.lasting, event)
        self.cached.clear()

    def after(self, chance: random.Random | None) -> bytes:
        """The bytes as a cut leaves them; all that was written where nothing is left to chance."""
        content, mood = bytearray(self.lasting), chance.choice((0.0, 0.3, 0.7, 0.95, 1.0)) if chance else 1.0
        for event in self.cached:
            for part in _sectors(event) if chance else [event]:
                if chance is None or chance.random() < mood:
                    _apply(content, part)
        return bytes(content)


def _sectors(event: Event) -> Iterator[Event]:
    if event.call == "truncate":
        yield event
        return
    at, end = event.offset, event.offset + len(event.content)
    while at < end:
        stop = min(end, (at // SECTOR + 1) * SECTOR)
        yield event._replace(offset=at, content=event.content[at - event.offset:stop - event.offset])
        at = stop


def _apply(content: bytearray, event: Event) -> None:
    if event.call == "truncate":
        del content[event.offset:]
        content.extend(bytes(event.offset - len(content)))
        return
    content.extend(bytes(max(0, event.offset - len(content))))
    content[event.offset:event.offset + len(event.content)] = event.content


class Disk:
    """The files whose name begins with that of the warehouse, on a disk with a volatile cache."""

    def __init__(self, files: dict[Path, bytes]) -> None:
        self.lasting = {path: Inode(bytearray(content)) for path, content in files.items()}
        self.names = dict(self.lasting)
        self.changes: list[tuple[Path, Inode | None]] = []

    def take(self, event: Event, warehouse: Path) -> None:
        ours = event.path.name.startswith(warehouse.name) and event.path.parent == warehouse.parent
        if event.call == "sync" and (ours or event.path == warehouse.parent):
            # A sync of any file makes the removals and creations before it last too, as journaling file systems do.
            self.names.get(event.path, Inode()).sync()
            self.lasting, self.changes = dict(self.names), []
        elif not ours or event.path.name.endswith("-shm"):
            return
        elif event.call == "open" and event.path not in self.names:
            self._change(event.path, Inode())
        elif event.call == "unlink":
            self._change(event.path, None)
        elif event.call in ("write", "truncate"):
            self.names[event.path].cached.append(event)
        else:
            assert event.call == "open", f"the model knows no {event.call} of {event.path}"

    def _change(self, path: Path, inode: Inode | None) -> None:
        self.changes.append((path, inode))
        _rename(self.names, path, inode)

    def after(self, chance: random.Random | None = None) -> dict[str, bytes]:
        """File name -> bytes after a cut; without chance, after a kill, which takes nothing from the cache."""
        names = dict(self.lasting) if chance else dict(self.names)
        for path, inode in self.changes[:chance.randint(0, len(self.changes))] if chance else ():
            _rename(names, path, inode)
        return {path.name: inode.after(chance) for path, inode in names.items()}


def _rename(names: dict[Path, Inode], path: Path, inode: Inode | None) -> None:
    if inode is None:
        names.pop(path, None)
    else:
        names[path] = inode


class Verdict(NamedTuple):
    """What a cut came to."""

    corrupt: str
    lost: bool


class Story:
    """One recorded night: cut it anywhere and see what is left."""

    def __init__(self, base: dict[Path, bytes], events: Sequence[Event], warehouse: Path) -> None:
        self.base, self.events, self.warehouse = base, events, warehouse
        self.committed = list(self._commits())
        touched = [at for at, event in enumerate(events) if event.path.name.startswith(warehouse.name)]
        self.moments = range(touched[0], len(events) + 1)

    def cut(self, moment: int, chance: random.Random) -> Verdict:
        """A power cut before the event of a number."""
        corrupt, content = opened(self._disk(moment).after(chance), self.warehouse.name)
        begun = [at for at in self.committed if at < moment]
        safe = max((at for at in begun if self._gone_on(at, moment)), default=-1)
        # One under way may be there or not; one that was acknowledged must be.
        allowed = {self._truth(at) for at in (safe, *begun) if at >= safe}
        return Verdict(corrupt, not corrupt and content not in allowed)

    def _gone_on(self, commit: int, moment: int) -> bool:
        """Whether the program had done anything else after a commit than to make it last."""
        log = self.warehouse.name + "-wal"
        return any(not (event.call == "sync" and event.path.name == log)
                   for event in self.events[commit + 1:moment])

    def _truth(self, commit: int) -> str:
        return self._truths()[commit]

    @cache  # noqa: B019 - a story lives as long as its test
    def _truths(self) -> dict[int, str]:
        truths = {-1: opened(Disk(self.base).after(), self.warehouse.name)[1]}
        disk, wanted = Disk(self.base), set(self.committed)
        for at, event in enumerate(self.events):
            disk.take(event, self.warehouse)
            if at in wanted:
                damage, truths[at] = opened(disk.after(), self.warehouse.name)
                assert not damage, damage
        return truths

    def _disk(self, moment: int) -> Disk:
        disk = Disk(self.base)
        for event in self.events[:moment]:
            disk.take(event, self.warehouse)
        return disk

    def _commits(self) -> Iterator[int]:
        """Where a transaction was whole: the last page of its last frame, or its journal taken away."""
        last_frame = False
        for at, event in enumerate(self.events):
            if event.path.name == self.warehouse.name + "-journal" and event.call in ("unlink", "truncate"):
                yield at
            if event.path.name == self.warehouse.name + "-wal" and event.call == "write":
                if len(event.content) == FRAME_HEADER:
                    last_frame = event.content[4:8] != bytes(4)
                elif last_frame:
                    last_frame = False
                    yield at


def opened(files: dict[str, bytes], name: str) -> tuple[str, str]:
    """What SQLite and this program find wrong with the files, and a hash of what the warehouse holds."""
    from rfm_service.ledger import soundness

    folder = Path(tempfile.mkdtemp())
    try:
        for file, content in files.items():
            (folder / file).write_bytes(content)
        path = folder / name
        if not path.exists():
            return "", _hash([])
        try:
            damage = soundness.look(path).damage
            with closing(sqlite3.connect(path)) as connection:
                verdict = connection.execute("PRAGMA integrity_check").fetchone()[0]
                found = _hash(connection.iterdump())
        except sqlite3.DatabaseError as error:
            return str(error), ""
        return damage or ("" if verdict == "ok" else verdict), found
    finally:
        shutil.rmtree(folder)


def _hash(statements: Iterator[str] | list[str]) -> str:
    total = hashlib.sha256()
    for statement in statements:
        if statement not in ("BEGIN TRANSACTION;", "COMMIT;", "PRAGMA foreign_keys=OFF;"):
            total.update(statement.encode("utf-8", "surrogatepass") + b"\n")
    return total.hexdigest()


def files_of(warehouse: Path) -> dict[Path, bytes]:
    """The warehouse and its log as they lie there."""
    return {path: path.read_bytes() for path in warehouse.parent.glob(warehouse.name + "*")
            if not path.name.endswith("-shm")} if warehouse.parent.exists() else {}


def unsettled(events: Sequence[Event]) -> list[str]:
    """The drafts that got their name before their bytes lasted, or whose name did not last before the step ended."""
    found = []
    for at, event in enumerate(events):
        if event.call == "rename" and (event.path.name.startswith(".draft") or event.path.name.endswith(".draft")):
            assert event.other is not None
            found += [f"{path} before its rename" for path in _touched(events[:at], event.path)
                      if not _synced_last(events[:at], path)]
            after = events[at + 1:]
            end = next((later for later, each in enumerate(after) if b'"event": "end"' in each.content), len(after))
            if not any(each.call == "sync" and each.path == event.other.parent for each in after[:end]):
                found.append(f"the name {event.other}")
    return found


def _touched(events: Sequence[Event], draft: Path) -> set[Path]:
    """The files of a draft, and the folders in it that hold them."""
    files = {event.path for event in events if event.call in ("append", "write", "open")
             and (event.path == draft or draft in event.path.parents)}
    return files | {path.parent for path in files if path != draft}


def _synced_last(events: Sequence[Event], path: Path) -> bool:
    """Whether a sync came after all that was written into a file, or made in a folder."""
    synced = max((at for at, event in enumerate(events) if event.call == "sync" and event.path == path), default=-1)
    return not any((event.path == path and event.call in ("append", "write", "truncate"))
                   or (event.path.parent == path and event.call == "open") for event in events[synced + 1:])
