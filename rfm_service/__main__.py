"""`rfm-service` and `python -m rfm_service`: the daemon, which must stay small, or the door for people."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path


def main() -> None:
    """Run the command line; a console of any code page shows what it can."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    settings = _of_daemon(sys.argv[1:])
    if settings is not None:
        from rfm_service.daemon import main as watch

        sys.exit(watch(settings))
    if sys.argv[1:2] == ["poll"]:
        # It lives as long as the daemon, and needs no other command.
        from rfm_service.commands.chat import group

        group()
    else:
        from rfm_service.cli import app

        app()


def _of_daemon(words: Sequence[str]) -> Path | None:
    """The settings of a plain `daemon [--settings PATH]`; anything else is for the command line to answer."""
    match words:
        case ["daemon"]:
            return Path("settings.toml")
        case ["daemon", "--settings", path]:
            return Path(path)
        case ["daemon", joined] if joined.startswith("--settings="):
            return Path(joined.partition("=")[2])
        case _:
            return None


if __name__ == "__main__":
    main()
