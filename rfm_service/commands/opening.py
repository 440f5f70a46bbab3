"""`run --open`: the report of a night in the browser of whoever asked for it."""

from __future__ import annotations

import os
import sys
import webbrowser
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import typer

from rfm_service.console import UNSEEN, Speaker

PAGE = "summary.html"
SMB = "smb://"


def show(places: Sequence[str], as_of: date, speaker: Speaker) -> None:
    """Open the morning page in the first place that took the report and can be reached as a folder.

    Raises typer.Exit with UNSEEN where there is none, or no browser: whoever waits for a page must not wait in vain.
    """
    page = next((found for place in places if (found := page_of(place, as_of))), None)
    if page is None:
        speaker.say("There is no report to open: no folder that took it can be opened from this computer.")
        raise typer.Exit(UNSEEN)
    if not _opened(page):
        speaker.say("No browser could be started. Open this file: {path}", path=page)
        raise typer.Exit(UNSEEN)
    speaker.say("Opened: {path}", path=page)


def page_of(place: str, as_of: date) -> Path | None:
    """latest/summary.html of a place; that of the night's own folder where latest/ could not follow or went further."""
    folder = Path(_windows_address(place) if sys.platform == "win32" else place).absolute()
    try:
        latest, own = (folder / name / PAGE for name in ("latest", as_of.isoformat()))
        if latest.is_file() and (not own.is_file() or own.read_bytes() == latest.read_bytes()):
            return latest
        return own if own.is_file() else None
    except OSError:
        return None


def _windows_address(place: str) -> str:
    """A share by its address as Windows opens it."""
    return "\\\\" + place.removeprefix(SMB).replace("/", "\\") if place.startswith(SMB) else place


def _opened(page: Path) -> bool:
    if sys.platform == "win32":
        try:
            os.startfile(page)  # noqa: S606 (the program that opens pages here)
        except OSError:
            return False
        return True
    return webbrowser.open(page.as_uri())
