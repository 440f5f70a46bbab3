"""`deliver`: what nights left waiting, reports and messages, reaches its readers."""

from __future__ import annotations

import typer

from rfm_service import logs, republishing, telling, wiring
from rfm_service.console import DEFAULT_SETTINGS, SettingsPath, opened, yesterday
from rfm_service.daemon import clock
from rfm_service.journal import Journal

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
                places, waiting = republishing.publish_waiting(wiring.ledger(found), wiring.publishers(found),
                                                               wiring.spool(found))
                step.count(places=len(places), waiting=waiting)
            reports = step.counts
        finally:
            # Whatever is wrong with a report folder, messages go.
            messages = telling.send(found, diary)
        speaker.say("Report folders that got what waited: {places}, still waiting: {waiting}.", **reports)
        speaker.say("Messages sent: {sent}, waiting: {waiting}.", **messages)
