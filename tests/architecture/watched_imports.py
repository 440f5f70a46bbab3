"""Imports modules in a process of its own and tells, as JSON, what they did while they were imported.

Asked with the names of the modules; run by test_imports.py, never imported by it.
"""

from __future__ import annotations

import ast
import importlib
import json
import os
import sys
import threading
from importlib.util import find_spec
from pathlib import Path
from types import FrameType

HOUSE = "rfm_service"
OPTIONAL = frozenset({"dask", "distributed", "grpc", "pyspark"})
"""What only the extras of clusters install."""
ACTS = ("socket.__new__", "socket.connect", "socket.bind", "subprocess.Popen", "os.system", "os.exec", "os.fork",
        "os.posix_spawn", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate", "shutil.copyfile",
        "sqlite3.connect", "urllib.Request", "os.putenv")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_TRUNC


class Watch:
    """Notes what modules of the house do, by the audit events of the interpreter."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []
        self.threads = set(threading.enumerate())
        sys.addaudithook(self.event)

    def event(self, name: str, args: tuple[object, ...]) -> None:
        if name in ACTS or (name == "open" and _writes(args[1], args[2])):
            self.note(f"{name} {args[0]!r}" if args else name)

    def note(self, deed: str) -> None:
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and not _of_house(frame):
            frame = frame.f_back
        if frame is not None:
            self.seen.append((f"{frame.f_globals['__name__']}:{frame.f_lineno}", deed))

    def imports(self, name: str) -> None:
        importlib.import_module(name)
        for started in set(threading.enumerate()) - self.threads:
            self.threads.add(started)
            self.seen.append((f"{name}:0", f"started a thread: {started.name}"))


def _writes(mode: object, flags: object) -> bool:
    return any(letter in str(mode or "") for letter in "wax+") or bool(isinstance(flags, int) and flags & WRITING)


def _of_house(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__")).startswith(HOUSE)


def foreign(name: str) -> set[str]:
    """The modules of others that a module imports, at its top or later."""
    tree = ast.parse(Path(str(find_spec(name).origin)).read_text(encoding="utf-8"))
    found = {each.name for node in ast.walk(tree) if isinstance(node, ast.Import) for each in node.names}
    found |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    return {each for each in found if not each.startswith(HOUSE)}


def main(names: list[str]) -> None:
    # What others do when they are imported is theirs: they come first.
    for each in sorted(set().union(*map(foreign, names))):
        try:
            importlib.import_module(each)
        except ModuleNotFoundError as error:
            if str(error.name).partition(".")[0] not in OPTIONAL:
                raise
    for loaded in [name for name in sys.modules if name.startswith(HOUSE)]:
        del sys.modules[loaded]
    watch = Watch()

    class WatchedEnvironment(type(os.environ)):
        def __getitem__(self, key: str) -> str:
            # A library may look at its own variables; the house may not.
            frame = sys._getframe(1)
            while frame.f_globals.get("__name__") in ("os", "collections.abc", "_collections_abc"):
                frame = frame.f_back
            if _of_house(frame):
                watch.note(f"os.environ {key!r}")
            return super().__getitem__(key)

    os.environ.__class__ = WatchedEnvironment
    for name in names:
        watch.imports(name)
    print(json.dumps(sorted(watch.seen)))


main(sys.argv[1:])
