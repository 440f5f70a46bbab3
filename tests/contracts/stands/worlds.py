"""What a stand must say, so that the suite of its room can try a plug."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from rfm_service.domain.values import SaleLine
from rfm_service.emulator.shop import ListShop
from rfm_service.ports import Notifier, Publisher, Source


def _whole(line: SaleLine) -> SaleLine:
    return line


@dataclass(frozen=True)
class SourceStand:
    """A source of what `shop` sells; after `fail` the other side is gone.

    `plain` blanks the fields of a line that only some sources tell, so that lines of any two can be compared; a source
    with `gaps` knows nothing of days without sales.
    """

    plug: Source
    shop: ListShop
    fail: Callable[[], None]
    plain: Callable[[SaleLine], SaleLine] = _whole
    gaps: bool = False


@dataclass(frozen=True)
class PublisherStand:
    """A publisher and its readers: `seen` gives a night's files (None: the newest night's), `nights` all that is there.

    `lose` takes the place away.
    """

    plug: Publisher
    seen: Callable[[date | None], dict[str, bytes]]
    nights: Callable[[], set[date]]
    lose: Callable[[], None]


@dataclass(frozen=True)
class NotifierStand:
    """A notifier and the other end: `told` gives the (chat, text, number of files) delivered so far, in order.

    After `refuse` the chat refuses for ever, after `fail` the other side is gone; None where that cannot be. One that
    is not `addressed` carries texts alone, to no chat; one that `amends` shows the newest text.
    """

    plug: Notifier
    told: Callable[[], list[tuple[str, str, int]]]
    refuse: Callable[[], None] | None
    fail: Callable[[], None] | None
    addressed: bool = True
    amends: bool = True
