"""Tries of one night that fail alike are one message with a count; whoever asks by hand is always told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from rfm_service.announcements import failure_message, tries_line
from rfm_service.domain.errors import NightFailed, RfmError
from rfm_service.domain.values import Message
from rfm_service.emulator import refusals
from tests.delivering.post import ADMIN, TEXTS, Post

DAY = date(2026, 6, 10)


def failure(run: str, said: str = "1C is away", step: str = "fetch", day: date = DAY,
            waiting: Sequence[date] = ()) -> Message:
    return failure_message(ADMIN, run, NightFailed(step, day, RfmError(said)), TEXTS, waiting=waiting)


def fail(post: Post, run: str, *, by_hand: bool = False, **what: object) -> None:
    post.outbox.queue([failure(run, **what)], None if by_hand else tries_line(TEXTS, post.now))


def newest(post: Post) -> dict[int, str]:
    """What stands in the chat, edits applied, by the number of the message."""
    return {sent.message_id: sent.text for sent in post.chat.sent}


def test_what_waits_counts_its_tries(post: Post) -> None:
    for at in range(3):
        fail(post, f"run {at}")
    post.deliver()
    [text] = post.told()
    assert text.splitlines()[-2:] == ["Run run 2", "Tries: 3, last at 02:00"]
    assert text.count("1C is away") == 1


def test_why_nothing_answered_may_differ_from_try_to_try(post: Post) -> None:
    """A server that is being started again breaks off, then refuses, then is slow: it is away all the same."""
    for run, words in (("first", "the connection broke off"), ("second", "it took too long")):
        error = RfmError("1C at {host} does not answer ({reason}).", host="h", reason=RfmError(words))
        post.outbox.queue([failure_message(ADMIN, run, NightFailed("fetch", DAY, error), TEXTS)],
                          tries_line(TEXTS, post.now))
    post.deliver()
    [text] = post.told()
    assert "does not answer (it took too long)" in text
    assert text.splitlines()[-1] == "Tries: 2, last at 02:00"


def test_what_was_sent_is_amended_in_place(post: Post) -> None:
    fail(post, "first")
    post.deliver()
    for run in ("second", "third"):
        fail(post, run)
        post.deliver()
    assert [sent.method for sent in post.chat.sent] == ["sendMessage", "editMessageText", "editMessageText"]
    [text] = newest(post).values()
    assert text.splitlines()[-1] == "Tries: 3, last at 02:10"
    assert post.deliver() == {"sent": 0, "waiting": 0}
    assert len(post.chat.sent) == 3


def test_an_edit_waits_for_an_outage_and_is_dropped_where_it_is_refused(post: Post) -> None:
    fail(post, "first")
    post.deliver()
    fail(post, "second")
    post.chat.refusals.push(refusals.SERVER_ERROR)
    post.deliver()
    assert "Tries" not in newest(post)[1]
    post.deliver()
    assert "Tries: 2" in newest(post)[1]
    fail(post, "third")
    post.chat.refusals.push(refusals.bad_request("message can't be edited"))
    post.deliver()
    post.deliver()
    assert "Tries: 2" in newest(post)[1]
    assert len(post.chat.sent) == 2


@pytest.mark.parametrize("what", [{"said": "the disk is full"}, {"step": "store"}, {"day": date(2026, 6, 11)}])
def test_another_night_step_or_sentence_is_told_anew(post: Post, what: dict[str, object]) -> None:
    fail(post, "first")
    fail(post, "second", **what)
    post.deliver()
    assert len(post.told()) == 2


def test_nights_that_wait_together_are_told_of_together_until_a_newer_one_waits(post: Post) -> None:
    first, second, third = (DAY + timedelta(days=at) for at in range(3))
    for run, (night, *waiting) in (("1", (first, second)), ("2", (second, first)), ("3", (first, second, third)),
                                   ("4", (third, first, second))):
        fail(post, run, day=night, waiting=waiting)
    post.deliver()
    told = [[line for line in text.splitlines() if "stopped" in line or line.startswith(("Nights", "Tries"))]
            for text in post.told()]
    assert [(lines[0][13:23], *lines[1:]) for lines in told] == [
        ("2026-06-11", "Nights to be made up for: 2026-06-10", "Tries: 2, last at 02:00"),
        ("2026-06-12", "Nights to be made up for: 2026-06-10, 2026-06-11", "Tries: 2, last at 02:00")]


def test_by_hand_is_always_told(post: Post) -> None:
    fail(post, "first")
    fail(post, "second", by_hand=True)
    fail(post, "third")
    post.deliver()
    assert ["Tries" in text for text in post.told()] == [False, True]


def test_a_run_is_counted_once_whoever_queues_it(post: Post) -> None:
    for run in ("first", "second", "second", "first"):
        fail(post, run)
    post.deliver()
    [text] = post.told()
    assert text.splitlines()[-1].startswith("Tries: 2,")


def test_what_is_being_sent_while_it_folds_is_amended(post: Post) -> None:
    fail(post, "first")
    [waiting] = post.outbox.waiting()
    post.outbox.begin(waiting.number)
    fail(post, "second")
    post.outbox.sent(waiting.number, "7", ADMIN)
    assert [message.text.splitlines()[-1] for _, _, message in post.outbox.stale()] == ["Tries: 2, last at 02:00"]
