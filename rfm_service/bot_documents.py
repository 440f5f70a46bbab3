"""What the bot sends as files: the newest published report, the log of the newest run."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import NamedTuple

from rfm_service import journal, logs, wiring
from rfm_service.archive.nights import nights_in
from rfm_service.domain.errors import RfmError
from rfm_service.ports import Texts
from rfm_service.settings import Settings
from rfm_service.telegram_line import PHOTO_BYTES, UPLOAD_BYTES, BotApiError, Line

PICTURE = "summary.png"
DOCUMENTS = ("RFM.xlsx", "dashboard.html")
REFUSED_CONTENT = 400


class Published(NamedTuple):
    """A published night and the folder it lies in."""

    as_of: date
    folder: Path


def newest(settings: Settings) -> Published:
    """The newest published night of the first report folder that can be read. Raises RfmError."""
    for publisher in wiring.publishers(settings):
        folder = Path(publisher.place)
        try:
            nights = nights_in(folder)
        except OSError:
            continue
        if nights:
            return Published(max(nights), folder / max(nights).isoformat())
    raise RfmError("No published report can be read. `rfm-service check` on the server says why.")


def send_report(settings: Settings, line: Line, chat: str, texts: Texts) -> None:
    """Send the newest report: its summary to look at, its workbook and its dashboard as files. Raises RfmError."""
    found = newest(settings)
    said = texts("RFM as of {day}", day=texts.day(found.as_of))
    left_out = []
    for name in (PICTURE, *DOCUMENTS):
        path = found.folder / name
        try:
            size = path.stat().st_size
            if size >= UPLOAD_BYTES:
                left_out.append(name)
            elif size:
                _send(line, chat, f"{path.stem} {found.as_of}{path.suffix}", (path.read_bytes(), said))
        except FileNotFoundError:
            continue
        except OSError as error:
            raise RfmError("The report in {path} cannot be read: {reason}.", path=str(found.folder),
                           reason=error.strerror or type(error).__name__) from error
    if left_out:
        line.say(chat, texts("Too large for Telegram: {files}. They lie in {path}.", files=", ".join(left_out),
                             path=str(found.folder)))


def _send(line: Line, chat: str, name: str, what: tuple[bytes, str]) -> None:
    content, said = what
    if name.endswith(".png") and len(content) <= PHOTO_BYTES:
        try:
            line.picture(chat, name, content, said)
        except BotApiError as error:
            # A picture of a shape that Telegram does not show is a file all the same.
            if error.code != REFUSED_CONTENT:
                raise
        else:
            return
    line.document(chat, name, content, said)


def send_log(settings: Settings, line: Line, chat: str, texts: Texts) -> None:
    """Send what the log holds of the newest run, without secrets. Raises RfmError."""
    runs = journal.runs(wiring.diary(settings))
    if not runs:
        raise RfmError("No night ran yet.")
    name = runs[-1].run
    lines = logs.tail(settings.path(settings.logs.path) / "service.log", name, wiring.redactor(settings))
    if not lines:
        raise RfmError("The log holds nothing of the run {run}.", run=name)
    line.document(chat, f"{name}.txt", lines.encode("utf-8", "replace"), texts("Run {run}", run=name))
