"""The command line under a clock that is ahead: `python -m tests.reliability.later SECONDS COMMAND ...`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from rfm_service import daemon


def ahead(by: timedelta) -> Callable[[str], Callable[[], datetime]]:
    """What `daemon.clock_of` is while every clock is ahead."""
    def clock_of(timezone: str) -> Callable[[], datetime]:
        zone = ZoneInfo(timezone)
        return lambda: (datetime.now(ZoneInfo("UTC")) + by).astimezone(zone)

    return clock_of


if __name__ == "__main__":
    daemon.clock_of = ahead(timedelta(seconds=float(sys.argv.pop(1))))
    from rfm_service.cli import app

    app()
