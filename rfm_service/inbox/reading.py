"""The front of the room: tells by its content what a file is, and says what is wrong with a broken one."""

from __future__ import annotations

import logging
import os
from datetime import datetime
from pathlib import Path

from rfm_service.domain.contacts import Told
from rfm_service.inbox import lists, marks, workbook
from rfm_service.inbox.rows import InboxFile
from rfm_service.tabular.table import TableError, shown

log = logging.getLogger(__name__)

LARGEST = max(workbook.LARGEST, marks.LARGEST)
"""More bytes of a file are never read."""
OLD_EXCEL = bytes.fromhex("d0cf11e0a1b11ae1")
"""How files of Excel before 2007 begin, and those that a password protects."""
BEFORE_TEXT = b"\xef\xbb\xbf \t\r\n"


def read(file: InboxFile, now: datetime) -> Told:
    """What a file tells, `now` being in the zone of the firm. Raises TableError."""
    if not file.content:
        raise TableError("The file {file} is empty.", file=file.name)
    if file.content.startswith(OLD_EXCEL):
        raise TableError("The file {file} is of an old Excel or protected by a password. Save it as .xlsx, without a "
                         "password.", file=file.name)
    if file.content.lstrip(BEFORE_TEXT).startswith(b"{"):
        return marks.read(file, now)
    if file.content.startswith(b"PK"):
        return _guarded(file, now)
    raise TableError("The file {file} is neither a filled list (.xlsx) nor a file of marks (.json).", file=file.name)


def from_disk(path: Path) -> InboxFile:
    """A file by its path, whole unless it is far too large. Raises TableError."""
    if not path.is_file():
        raise TableError("There is no file {file}. Check the path.", file=str(path))
    try:
        with path.open("rb") as opened:
            content, changed = opened.read(LARGEST + 1), os.fstat(opened.fileno()).st_mtime
    except OSError as error:
        raise TableError("The file {file} cannot be read: {reason}. Close it where it is open, and check the share and "
                         "the rights of the service.", file=shown(path), reason=error.strerror or "?"
                         ) from error
    return InboxFile(shown(path), content, int(changed))


def _guarded(file: InboxFile, now: datetime) -> Told:
    try:
        return lists.read(file, now)
    except TableError:
        raise
    except Exception as error:
        # Libraries raise almost anything over a broken file; what they say may hold a part of it.
        log.info("A workbook of the inbox does not open: %s", type(error).__name__)
    raise TableError("The file {file} does not open as a workbook: it is broken or not wholly copied. Open it, save it "
                     "again and put it into the folder once more.", file=file.name)
