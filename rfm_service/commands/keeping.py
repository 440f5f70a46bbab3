"""`deliver`: what nights left waiting, reports and messages, reaches its readers."""

from __future__ import annotations

import typer

from rfm_service import lock, logs, republishing, telling, wiring
from rfm_service.console import DEFAULT_SETTINGS, SettingsPath, opened, yesterday
from rfm_service.daemon import clock
from rfm_service.domain.errors import LockHeld
from rfm_service.journal import Journal
from rfm_service.settings import Settings

group = typer.Typer()


@group.command()
def deliver(settings: SettingsPath = DEFAULT_SETTINGS) -> None:
    """Publish the reports that wait for their folder, then send the messages that wait."""
    with opened(settings) as (found, speaker):
        name = f"deliver-{clock(found)():%Y%m%dT%H%M%S}"
        logs.name_run(name)
        telling.queue_untold(found)
        diary = Journal(wiring.diary(found), name, yesterday(found), clock(found), task="deliver")
        reports = {"places": 0, "waiting": 0}
        try:
            with diary.step("publish") as step:
                step.count(**_published(found, name))
            reports = step.counts
        finally:
            # Whatever is wrong with a report folder, messages go.
            messages = telling.send(found, diary)
        speaker.say("Report folders that got what waited: {places}, still waiting: {waiting}.", **reports)
        speaker.say("Messages sent: {sent}, waiting: {waiting}.", **messages)


def _published(settings: Settings, run: str) -> dict[str, int]:
    """Publish what waits, unless a night is under way, which does it itself."""
    spool = wiring.spool(settings)
    waits = [each for each in wiring.publishers(settings) if any(True for _ in spool.waiting(each.place))]
    if not waits:
        return {"places": 0, "waiting": 0}
    try:
        with lock.held(settings.warehouse.parent / "night.lock", run):
            places = republishing.publish(wiring.ledger(settings), spool, waits, None)
    except LockHeld:
        places = []
    return {"places": len(places), "waiting": len(waits) - len(places)}
