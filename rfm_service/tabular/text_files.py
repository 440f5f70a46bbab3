"""Text files as people and programs write them: their encoding, and lines of a bounded length."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TextIO

from rfm_service.tabular.table import TableError, TableFile

LONGEST_LINE = 1 << 20
"""Characters; a longer line is no row of a table, and is never read whole."""

_CHUNK = 1 << 20
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@contextmanager
def opened(table: TableFile) -> Iterator[Iterator[str]]:
    """The lines of a text file with their line ends, as long as the context lasts. Raises TableError, OSError."""
    encoding = _encoding(table)
    with table.path.open(encoding=encoding, newline="") as stream:
        yield _lines(table, stream, encoding)


def ends_in_a_line_end(path: Path) -> bool:
    """Whether the last line of a file is ended; an empty file has none to end."""
    with path.open("rb") as stream:
        stream.seek(max(0, stream.seek(0, 2) - 2))
        return stream.read().strip(b"\0")[-1:] in (b"", b"\n", b"\r")


def cut(table: TableFile) -> TableError:
    """The error of a file that ends within a row."""
    return TableError("The last row of the file {file} is cut: the file is still being written, or was not wholly "
                      "copied. Put it into the folder again.", file=table.name)


def _lines(table: TableFile, stream: TextIO, encoding: str) -> Iterator[str]:
    problem = None
    try:
        for number, line in enumerate(iter(partial(stream.readline, LONGEST_LINE), ""), start=1):
            if len(line) == LONGEST_LINE:
                problem = TableError("Line {line} of the file {file} is too long for a row of a table. Save the table "
                                     "again.", file=table.name, line=number)
                break
            yield line
    except UnicodeError:
        problem = TableError("The file {file} is not text in the encoding {encoding}. Save it as UTF-8, or write its "
                             "encoding into source.encoding.", file=table.name, encoding=encoding)
    # Raised out here: as its context, the decoder's error would carry a part of the file.
    if problem:
        raise problem


def _encoding(table: TableFile) -> str:
    with table.path.open("rb") as stream:
        start = stream.read(4)
    marked = next((name for mark, name in _MARKS if start.startswith(mark)), "")
    return marked or table.encoding or _guessed(table.path)


def _guessed(path: Path) -> str:
    """UTF-8; Windows-1251 where the first letters that are not Latin are none of UTF-8."""
    decoder, plain = codecs.getincrementaldecoder("utf-8")(), True
    with path.open("rb") as stream:
        try:
            for chunk in iter(partial(stream.read, _CHUNK), b""):
                text = decoder.decode(chunk)
                plain = plain and text.isascii()
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            # In a text of UTF-8 one spoiled byte must not turn every name into others.
            spoiled = not plain or not error.object[:error.start].isascii()
            return "utf-8" if spoiled else "cp1251"
    return "utf-8"
