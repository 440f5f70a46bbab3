"""What the port of notifiers promises: a message arrives once, or the error says whether trying again can help."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rfm_service import wiring
from rfm_service.domain.errors import NotifyError
from rfm_service.domain.values import Message, Picture
from tests.contracts.sockets import stand
from tests.contracts.stands.worlds import NotifierStand

PICTURE = Picture("segments.png", b"\x89PNG\r\n\x1a\n")
TEXT = "Отчёт за 20 ноября: <b>12 & 3</b> 😀"


def message(*pictures: Picture, text: str = TEXT) -> Message:
    return Message("night", "1001", text, pictures)


@pytest.fixture(params=wiring.kinds("notifiers"))
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NotifierStand]:
    with stand("notifiers", request.param)(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("pictures", [0, 1, 2, 10])
def test_a_message_arrives_once_as_it_is_written(world: NotifierStand, pictures: int) -> None:
    world.plug.send(message(*[PICTURE] * pictures))
    assert world.told() == [("1001", TEXT, pictures) if world.addressed else ("", TEXT, 0)]


@pytest.mark.parametrize("pictures", [0, 1, 2])
def test_a_text_that_is_too_long_arrives_cut(world: NotifierStand, pictures: int) -> None:
    long = "я😀" * 5_000
    world.plug.send(message(*[PICTURE] * pictures, text=long))
    ((_, text, _),) = world.told()
    assert len(text) > 500
    assert long.startswith(text.removesuffix("…"))


def test_a_receipt_amends_the_message_where_that_can_be(world: NotifierStand) -> None:
    receipt = world.plug.send(message())
    world.plug.amend(receipt, message(text="mended"))
    chat = "1001" if world.addressed else ""
    assert world.told() == [(chat, TEXT, 0), *([(chat, "mended", 0)] if world.amends else [])]
    assert bool(receipt) is world.amends


def test_a_chat_is_tried_without_a_word(world: NotifierStand) -> None:
    world.plug.reach("1001")
    assert world.told() == []


def test_a_refusal_for_ever_is_permanent(world: NotifierStand) -> None:
    if world.refuse is None:
        pytest.skip("this channel cannot tell one refusal from another")
    world.refuse()
    with pytest.raises(NotifyError) as caught:
        world.plug.send(message())
    assert caught.value.permanent
    assert not world.told()


def test_an_outage_passes(world: NotifierStand) -> None:
    if world.fail is None:
        pytest.skip("this channel needs nothing of the outside")
    world.fail()
    with pytest.raises(NotifyError) as caught:
        world.plug.send(message())
    assert not caught.value.permanent
    with pytest.raises(NotifyError):
        world.plug.check()


def test_trying_says_who_we_are_and_sends_nothing(world: NotifierStand) -> None:
    assert world.plug.check().strip()
    assert not world.told()
