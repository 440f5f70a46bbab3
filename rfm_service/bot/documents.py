"""What the bot sends as files: the newest published report, the log of the newest run."""

from __future__ import annotations

import logging

from rfm_service import journal, logs, wiring
from rfm_service.archive.nights import told
from rfm_service.bot.line import PHOTO_BYTES, UPLOAD_BYTES, Line
from rfm_service.domain.errors import NotifyError, PublishError, RfmError
from rfm_service.domain.values import Report
from rfm_service.ports import Texts
from rfm_service.settings import Settings

log = logging.getLogger(__name__)

PICTURE = "summary.png"
DOCUMENTS = ("RFM.xlsx", "dashboard.html")
REFUSED_CONTENT = 400


def newest(settings: Settings) -> tuple[str, Report]:
    """The first report folder that can be read and has a night, and its newest one. Raises RfmError."""
    for publisher in wiring.publishers(settings):
        try:
            found = publisher.newest((PICTURE, *DOCUMENTS), UPLOAD_BYTES - 1)
        except PublishError as error:
            log.warning("%s", error)
            continue
        if found is not None:
            return publisher.place, found
    raise RfmError("No published report can be read. `rfm-service check` on the server says why.")


def send_report(settings: Settings, line: Line, chat: str, texts: Texts) -> None:
    """Send the newest report: its summary to look at, its workbook and its dashboard as files. Raises RfmError."""
    place, found = newest(settings)
    said = texts("RFM as of {day}", day=texts.day(found.as_of))
    for name, content in found.files.items():
        stem, _, suffix = name.rpartition(".")
        _send(line, chat, f"{stem} {found.as_of}.{suffix}", (content, said))
    published = told(found.manifest)
    left_out = [name for name in (PICTURE, *DOCUMENTS) if published and name in published.files.keys() - found.files]
    if left_out:
        line.say(chat, texts("Too large for Telegram: {files}. They lie in {path}.", files=", ".join(left_out),
                             path=f"{place}/{found.as_of}"))
    elif not found.files:
        line.say(chat, texts("The newest report, of {day}, holds no file for chats. It lies in {path}.",
                             day=texts.day(found.as_of), path=f"{place}/{found.as_of}"))


def _send(line: Line, chat: str, name: str, what: tuple[bytes, str]) -> None:
    content, said = what
    if name.endswith(".png") and len(content) <= PHOTO_BYTES:
        try:
            line.picture(chat, name, content, said)
        except NotifyError as error:
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
