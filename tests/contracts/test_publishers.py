"""What the port of publishers promises: a whole report or none, the newest night in front, no place made up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from rfm_service import wiring
from rfm_service.domain.errors import PublishError
from rfm_service.domain.values import Report
from tests.archive.manifests import manifest
from tests.contracts.sockets import stand
from tests.contracts.stands.worlds import PublisherStand

FILES = {"summary.html": b"<p>20</p>", "charts/01-segments.png": b"\x89PNG"}


def report(day: int = 20, files: dict[str, bytes] = FILES) -> Report:
    return Report(date(2026, 11, day), files, b'{"as_of": "2026-11-%d"}' % day)


SERVED = {"smb"}
"""What needs a server of another program."""


@pytest.fixture(params=[pytest.param(kind, marks=[pytest.mark.slow] if kind in SERVED else [])
                        for kind in wiring.kinds("publishers")])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PublisherStand]:
    with stand("publishers", request.param)(tmp_path) as opened:
        yield opened


def test_a_report_arrives_whole(world: PublisherStand) -> None:
    world.plug.publish(report(), first=True)
    assert world.seen(report().as_of) == {**FILES, "manifest.json": report().manifest}
    assert world.seen(None) == world.seen(report().as_of)


def test_once_more_changes_nothing(world: PublisherStand) -> None:
    world.plug.publish(report(), first=True)
    world.plug.publish(report(), first=False)
    assert world.seen(report().as_of) == {**FILES, "manifest.json": report().manifest}
    assert world.nights() == {report().as_of}


def test_a_new_run_replaces_the_whole_report(world: PublisherStand) -> None:
    world.plug.publish(report(), first=True)
    world.plug.publish(replace(report(), files={"summary.html": b"again"}), first=False)
    assert world.seen(report().as_of).keys() == {"summary.html", "manifest.json"}


def test_the_newest_night_stays_in_front(world: PublisherStand) -> None:
    world.plug.publish(report(20), first=True)
    world.plug.publish(report(21), first=False)
    world.plug.publish(report(19), first=False)
    assert world.nights() == {date(2026, 11, 19), date(2026, 11, 20), date(2026, 11, 21)}
    assert world.seen(None) == world.seen(date(2026, 11, 21))


def test_trying_changes_nothing(world: PublisherStand) -> None:
    world.plug.check(first=True)
    assert world.nights() == set()
    world.plug.publish(report(), first=True)
    world.plug.check(first=False)
    assert world.nights() == {report().as_of}


def test_a_place_that_is_gone_is_told_and_not_made_anew(world: PublisherStand) -> None:
    world.plug.publish(report(), first=True)
    world.lose()
    with pytest.raises(PublishError):
        world.plug.check(first=False)
    with pytest.raises(PublishError):
        world.plug.publish(report(21), first=False)
    assert world.nights() == set()


def test_its_nights_can_be_read_and_removed(world: PublisherStand) -> None:
    for day in (20, 21, 22):
        world.plug.publish(Report(date(2026, 11, day), FILES, manifest(date(2026, 11, day))), first=day == 20)
    assert world.plug.nights() == [date(2026, 11, day) for day in (20, 21, 22)]
    assert world.plug.remove(date(2026, 11, 21))
    assert world.nights() == {date(2026, 11, 20), date(2026, 11, 22)}
    found = world.plug.read(date(2026, 11, 20), [*FILES, "none"], 1000)
    assert found is not None
    assert (found.as_of, found.files, found.manifest) == (date(2026, 11, 20), FILES, manifest(date(2026, 11, 20)))
    assert world.plug.read(date(2026, 11, 21), list(FILES), 1000) is None
    front = world.plug.read(None, list(FILES), 1000)
    assert front is not None
    assert (front.as_of, front.files) == (date(2026, 11, 22), FILES)
    assert world.plug.remove(date(2026, 11, 21)), "what is not there is gone"
    world.lose()
    for act in (world.plug.nights, lambda: world.plug.remove(date(2026, 11, 20))):
        with pytest.raises(PublishError):
            act()


def test_the_place_has_a_name(world: PublisherStand) -> None:
    assert world.plug.place == world.plug.place.strip() != ""
