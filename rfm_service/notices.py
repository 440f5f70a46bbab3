"""What admins are told besides nights: copies that could not be made, a warehouse that was set aside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rfm_service.domain.errors import RfmError
from rfm_service.domain.values import Message
from rfm_service.ports import Texts


@dataclass(frozen=True)
class Recovered:
    """A warehouse that was `damage`d ('': it was missing), and what stands in its place.

    `copy`: the copy that was restored, None for a new warehouse, and `as_of` the newest night it keeps; `again`: the
    first day whose sales are read again; `aside`: where the old files lie, None where there were none.
    """

    damage: str
    copy: Path | None
    as_of: date | None
    again: date
    aside: Path | None

    def lines(self, texts: Texts) -> Iterator[str]:
        """What happened and what comes next, a sentence a line."""
        yield (texts("The warehouse was damaged: {reason}.", reason=self.damage) if self.damage else
               texts("The warehouse was missing."))
        if self.copy is None:
            yield texts("No copy of it can be relied on, so a new one takes its place: the sales are loaded from 1C "
                        "again, from {day} on. The history of moves before this night is not in it.",
                        day=texts.day(self.again))
        elif self.as_of is None:
            yield texts("The copy {name} takes its place; it keeps no night yet. The sales from {again} on are read "
                        "from 1C again.", name=self.copy.name, again=texts.day(self.again))
        else:
            yield texts("The copy {name} takes its place; the newest night in it is that of {day}. The sales from "
                        "{again} on are read from 1C again, and the nights after it are made again.",
                        name=self.copy.name, day=texts.day(self.as_of), again=texts.day(self.again))
        if self.aside:
            yield texts("The old files lie whole in {folder}; nothing removes them.", folder=self.aside)


def recovered_messages(recovered: Recovered, name: str, chats: Sequence[str], texts: Texts) -> list[Message]:
    """Word of a warehouse that was set aside."""
    return _notices(name, chats, list(recovered.lines(texts)))


def unsaved_messages(error: RfmError, run: str, chats: Sequence[str], texts: Texts) -> list[Message]:
    """Word of a good night whose warehouse was not copied."""
    return _notices(run, chats, [texts("The night went well, but its warehouse was not copied: {reason}",
                                       reason=error.sentence(texts)),
                                 texts("The older copies stay. The next good night tries again."),
                                 texts("Run {run}", run=run)])


def _notices(name: str, chats: Sequence[str], lines: list[str]) -> list[Message]:
    return [Message(f"notice:{name}:{chat}", chat, "\n".join(lines)) for chat in chats]
