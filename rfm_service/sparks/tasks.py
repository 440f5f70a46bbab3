"""What is done on the workers, with Arrow tables and bytes; it needs numpy, pandas and pyarrow alone."""

from __future__ import annotations

import json
import pickle
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

if TYPE_CHECKING:
    from rfm_service.lake.selection import Selection

PART = "part"
"""The column by which a cluster puts the lines of some customers together."""
OTHER_FILES = "OTHER_FILES"
PIECES = pa.schema([(PART, pa.int32()), ("number", pa.int32()), ("pieces", pa.int32()), ("piece", pa.binary())])
LARGEST_PIECE = 1 << 20
"""Bytes of an answer in a row: rows and messages that grow with the answer meet the limits of a cluster."""


def laid(selection: Selection, of_lines: Callable[[pd.DataFrame], Any],
         files: Files | None = None) -> Callable[[pa.Table], pa.Table]:
    """What makes PIECES of all lines of a part: the answer of `of_lines` to the chosen ones, if it sees the `files`."""
    def of_part(stored: pa.Table) -> pa.Table:
        if files is not None:
            files.compare()
        part, answer = stored.column(PART)[0].as_py(), of_lines(selection.chosen(stored.combine_chunks()))
        return cut(part, pickle.dumps(answer, protocol=pickle.HIGHEST_PROTOCOL))

    return of_part


@dataclass(frozen=True)
class Files:
    """Files in a folder of each machine: the path of their mark, and what it says where the night runs."""

    mark: str
    says: tuple[int, str]

    def compare(self) -> None:
        """See that this machine has the same ones: a folder of its own under the same path would give old figures."""
        told = json.loads(Path(self.mark).read_bytes())
        if told["toward"] is not None or told["mark"] != [*self.says]:
            raise OSError(OTHER_FILES)


def cut(part: int, answer: bytes) -> pa.Table:
    """An answer as PIECES."""
    pieces = [answer[at:at + LARGEST_PIECE] for at in range(0, len(answer), LARGEST_PIECE)]
    return pa.table({PART: [part] * len(pieces), "number": range(len(pieces)), "pieces": [len(pieces)] * len(pieces),
                     "piece": pieces}, PIECES)


def joined(rows: Iterable[tuple[int, int, int, bytes]]) -> Iterator[Any]:
    """The answers of PIECES that come in any order, each as soon as it is whole."""
    begun: dict[int, dict[int, bytes]] = {}
    for part, number, pieces, piece in rows:
        held = begun.setdefault(part, {})
        held[number] = piece
        if len(held) == pieces:
            del begun[part]
            # What the workers send is as trusted as they are: they run our code.
            yield pickle.loads(b"".join(held[at] for at in range(pieces)))  # noqa: S301
    if begun:
        raise EOFError(f"{len(begun)} answers came in part")


def versions() -> dict[str, str]:
    """What must be the same on both sides for the same answers."""
    return {"Python": f"{sys.version_info[0]}.{sys.version_info[1]}", "numpy": np.__version__,
            "pandas": pd.__version__, "pyarrow": pa.__version__}


def versions_told(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The versions of a worker, once a batch."""
    for _ in batches:
        yield pa.RecordBatch.from_pydict({"told": [json.dumps(versions())]})
