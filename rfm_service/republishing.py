"""How a report gets to its places: after those that wait for a place in the spool, or into it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rfm_service.domain.errors import PublishError
from rfm_service.domain.values import Report
from rfm_service.ports import Publisher
from rfm_service.spool import Spool

if TYPE_CHECKING:
    from rfm_service.ledger.ledger import Ledger

log = logging.getLogger(__name__)


def publish(ledger: Ledger, spool: Spool, publishers: Sequence[Publisher], report: Report | None) -> list[str]:
    """Publish everywhere what waits, then the report, if any; where it fails it waits. The places that lack nothing."""
    places = []
    for publisher in publishers:
        place = publisher.place
        try:
            for each in (*spool.waiting(place), *([report] if report else ())):
                publisher.publish(each, first=not ledger.published(place))
                ledger.note_published(place, each.as_of, each.hash)
        except PublishError as error:
            log.error("%s", error)
            if report:
                spool.put(place, report, error)
            continue
        spool.clear(place)
        places.append(place)
    return places
