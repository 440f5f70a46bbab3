"""What becomes of a document after it was written: a function of the seed and the document, day by day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, NamedTuple

from rfm_service.emulator.editing import edited, moved, renumbered, resold
from rfm_service.emulator.hashing import below, mixed
from rfm_service.emulator.papers import Paper

LONGEST_MOVE = 40
"""Days by which the date of a document moves, at most."""

LATEST_WRITE = 340
"""Days from the date of a document to the last write of it, at most; waves apart."""

Deed = Literal["written", "posted_late", "edited", "unposted", "reposted", "marked", "deleted", "moved", "renumbered",
               "rewritten", "resold"]
"""What a write does to a document; `written`: on its day, as a document should be."""

_WHOLE = 10_000
_DEEDS: tuple[Deed, ...] = ("edited", "unposted", "marked", "deleted", "moved", "renumbered", "rewritten", "resold")


class Wave(NamedTuple):
    """On `day` a share, in 1/10 000, of the documents of the `days` before it is un-posted; posted on `until`."""

    day: date
    until: date
    days: int = 30
    share: int = 3_333


@dataclass(frozen=True)
class Fates:
    """How often documents are late and change, in 1/10 000 of documents; of partners, in 1/10 000 a year."""

    late: int = 300
    edited: int = 200
    unposted: int = 100
    marked: int = 50
    deleted: int = 20
    moved: int = 30
    renumbered: int = 10
    rewritten: int = 50
    resold: int = 20
    partners_renamed: int = 20
    partners_merged: int = 20
    waves: tuple[Wave, ...] = ()

    @classmethod
    def none(cls) -> Fates:
        """Nothing ever changes."""
        return cls(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)


class Moment(NamedTuple):
    """From `day` on the document is `paper`; None: it is not there."""

    day: date
    deed: Deed
    paper: Paper | None


Life = tuple[Moment, ...]
"""The moments of a document by day; before the first it is not there."""


class _Fate(NamedTuple):
    day: date
    deed: Deed
    cause: int


def life(seed: int, paper: Paper, others: list[Paper], fates: Fates) -> Life:
    """Return the life of a document as it was first written; a new buyer is one of the `others` of its day."""
    key = mixed(seed, int(paper.ref.replace("-", ""), 16))
    entered, draft = _entered(key, paper, fates)
    moments = [Moment(paper.day, "written", paper._replace(posted=False))] if draft else []
    born = paper._replace(version=paper.version + 2 * draft)
    moments.append(Moment(entered, "posted_late" if entered > paper.day else "written", born))
    causes: set[int] = set()
    for fate in sorted(_fates(key, paper.day, entered, fates)):
        before = moments[-1].paper
        if before is None:
            break
        after = _changed(key, before, fate, others)
        causes ^= {fate.cause} if fate.deed in ("unposted", "reposted") else set()
        # Two steps a write leave one between them for the write that a merge of partners is.
        written = after and after._replace(version=before.version + 2, posted=not (causes or after.marked))
        moments.append(Moment(fate.day, fate.deed, written))
    return tuple(moments)


def at(of: Life, clock: date) -> Paper | None:
    """Return the document as it is on the day; None where it is not there."""
    found = None
    for moment in of:
        if moment.day > clock:
            break
        found = moment.paper
    return found


def _entered(key: int, paper: Paper, fates: Fates) -> tuple[date, bool]:
    """Return the day on which the document is posted, and whether it lies about unposted until then."""
    if below(key, 0, _WHOLE) >= fates.late:
        return paper.day, False
    tail = below(key, 1, 10) == 0
    days = 61 + below(key, 2, 140) if tail else 1 + min(below(key, 2, 60), below(key, 3, 60))
    return paper.day + timedelta(days), below(key, 4, 2) == 0


def _fates(key: int, day: date, entered: date, fates: Fates) -> Iterator[_Fate]:
    rates = (fates.edited, fates.unposted, fates.marked, fates.deleted, fates.moved, fates.renumbered,
             fates.rewritten, fates.resold)
    for stream, (deed, rate) in enumerate(zip(_DEEDS, rates, strict=True), 1):
        if rate and below(key, 10 * stream, _WHOLE) < rate:
            when = max(_when(key, 10 * stream, day), entered + timedelta(1))
            yield _Fate(when, deed, 0)
            if deed == "unposted" and below(key, 10 * stream + 4, 2):
                yield _Fate(when + timedelta(1 + below(key, 10 * stream + 5, 30)), "reposted", 0)
    for number, wave in enumerate(fates.waves, 1):
        hit = below(mixed(key, number), 0, _WHOLE) < wave.share
        if hit and entered <= wave.day and wave.day - timedelta(wave.days) <= day <= wave.day:
            yield _Fate(wave.day, "unposted", number)
            yield _Fate(wave.until, "reposted", number)


def _when(key: int, stream: int, day: date) -> date:
    tail = below(key, stream + 1, 10) == 0
    usual = 1 + min(below(key, stream + 2, 120), below(key, stream + 3, 120))
    return day + timedelta(121 + below(key, stream + 2, 180) if tail else usual)


def _changed(key: int, paper: Paper, fate: _Fate, others: list[Paper]) -> Paper | None:
    lines = paper.lines
    match fate.deed:
        case "deleted":
            return None
        case "edited":
            lines = edited(key, lines)
        case "moved":
            days = 1 + below(key, 210, LONGEST_MOVE)
            # No document is dated later than the day on which it was moved.
            forward = min(days, (fate.day - paper.day).days) if below(key, 211, 2) else 0
            lines = moved(lines, forward or -days)
        case "renumbered":
            lines = renumbered(lines)
        case "resold":
            lines = resold(key, lines, [other.lines[0] for other in others])
    return paper._replace(lines=lines, marked=paper.marked or fate.deed == "marked")
