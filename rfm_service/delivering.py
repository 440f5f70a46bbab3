"""How queued messages reach people: in order, each marked after its receipt, admins by a second channel if need be."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from rfm_service import lock, mailing
from rfm_service.announcements import moved_message, unreachable_message
from rfm_service.domain.errors import ChatMoved, LedgerError, LockHeld, NotifyError
from rfm_service.domain.values import Message
from rfm_service.ports import SECOND_CHANNEL, Notifier, Texts

if TYPE_CHECKING:
    from rfm_service.ledger.outbox import Outbox, Waiting

log = logging.getLogger(__name__)

LOCK = "deliver.lock"
LOCK_WAIT_S = 60
PATIENCE_S = 30
"""What Telegram asks to wait up to this is waited for within a pass; more makes the message due later."""
LONGEST_WAITS_S = 120
"""So long is waited in one pass in all."""
CLOSED_S = 24 * 60 * 60
"""After so long a bot whose token was refused is tried again."""
HOPS = 4
"""So often a message is sent anew at once: after a short wait, or to the new number of its chat."""
NO_TOKEN = NotifyError("No bot token is set: write RFM_TELEGRAM__TOKEN.", permanent=True, scope="channel")


@dataclass(frozen=True)
class Channels:
    """What carries messages: the bot of `account`, and the channel by which `admins` are told after so many tries.

    `managers`: what carries lists to each address of a sales manager, by its chat.
    """

    bot: Notifier | None
    account: str = ""
    second: Notifier | None = None
    after: int = 3
    admins: frozenset[str] = frozenset()
    managers: Mapping[str, Notifier] = field(default_factory=dict)

    @property
    def admins_ways(self) -> Sequence[str]:
        """The chats in which admins are told: theirs, or the second channel's where there is no bot."""
        return (SECOND_CHANNEL,) if self.second and not (self.bot and self.admins) else sorted(self.admins)


def deliver_alone(outbox: Outbox, channels: Channels, texts: Texts, clock: Callable[[], datetime],
                  run: str) -> dict[str, int]:
    """`deliver` under its lock; somebody else who is sending for long is left to it. Raises LedgerError."""
    try:
        with (lock.held(outbox.warehouse.path.parent / LOCK, run, wait_s=LOCK_WAIT_S),
              outbox.warehouse.alone("deliver")):
            return deliver(outbox, channels, texts, clock)
    except LockHeld as held:
        log.info("%s", held)
        return {"sent": 0, "waiting": outbox.unsettled()}


def deliver(outbox: Outbox, channels: Channels, texts: Texts, clock: Callable[[], datetime]) -> dict[str, int]:
    """Send what waits; how many messages were `sent`, and how many are `waiting`. Raises LedgerError.

    In each chat in order: one that cannot go now holds the later ones of its chat, and no other chat's.
    """
    going = _Pass(outbox, channels, texts, clock)
    lists = mailing.Round(outbox, channels.managers, texts, lambda: going.now, channels.admins_ways, channels.after)
    newest = going.messages()
    # A mail server that hangs keeps only what comes after it; word of that goes at once.
    lists.lists()
    going.messages(newest)
    going.amendments()
    going.by_second()
    return {"sent": len(going.sent) + len(lists.sent), "waiting": outbox.unsettled()}


def tell(messages: Sequence[Message], outbox: Outbox, channels: Channels, texts: Texts,
         tries: Callable[[int], str] | None = None, heard: Callable[[], bool] = lambda: False) -> dict[str, int]:
    """Queue an alert; where the ledger cannot take it, send it straight. How many were `queued` or `sent`, or nothing.

    With `tries` it folds into an earlier one that says the same; one that was `heard` is not sent straight again.
    """
    try:
        outbox.queue(messages, tries)
    except Exception as error:
        # Whatever is wrong with the ledger must not keep admins from hearing of it.
        log.error("%s", error if isinstance(error, LedgerError) else type(error).__name__)
        if heard():
            return {"folded": len(messages)}
        sent = straight(messages, channels, texts)
        return {"sent": sent} if sent else {}
    return {"queued": len(messages)}


def straight(messages: Iterable[Message], channels: Channels, texts: Texts) -> int:
    """Send without the ledger, by the bot or else the second channel; how many messages somebody was told."""
    told: set[str] = set()
    sent = 0
    for message in messages:
        problem = _by_bot(channels.bot, message) if message.chat != SECOND_CHANNEL else None
        by_bot = message.chat != SECOND_CHANNEL and problem is None
        if not by_bot and message.text not in told:
            text = _explained(message.text, problem.sentence(texts), texts) if problem else message.text
            if _sent_by(channels.second, replace(message, text=text)) is None:
                told.add(message.text)
        sent += by_bot or message.text in told
    return sent


def _by_bot(bot: Notifier | None, message: Message) -> NotifyError | None:
    """Why the bot did not deliver a message, None where it did."""
    problem = _sent_by(bot, message)
    if isinstance(problem, ChatMoved):
        return _sent_by(bot, replace(message, chat=str(problem.moved_to)))
    return problem


def _sent_by(notifier: Notifier | None, message: Message) -> NotifyError | None:
    """Why a message was not delivered, None where it was."""
    if notifier is None:
        return NO_TOKEN
    try:
        notifier.send(message)
    except NotifyError as error:
        log.warning("%s", error)
        return error
    return None


def _explained(text: str, problem: str, texts: Texts) -> str:
    return texts("Telegram did not take this message. {reason}", reason=problem) + "\n\n" + text


@dataclass(frozen=True)
class _Pass:
    """One pass over the outbox: what was sent, the chats that are stuck or lost and why.

    `down`: why the bot is not tried, and whether for good; `moved`: old number -> new number of chats; `waits`: the
    seconds waited because Telegram asked to.
    """

    outbox: Outbox
    channels: Channels
    texts: Texts
    clock: Callable[[], datetime]
    sent: list[int] = field(default_factory=list)
    stuck: dict[str, str] = field(default_factory=dict)
    lost: dict[str, NotifyError] = field(default_factory=dict)
    down: list[tuple[str, bool]] = field(default_factory=list)
    moved: dict[str, str] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)

    @property
    def now(self) -> int:
        """The time in unix seconds."""
        return int(self.clock().timestamp())

    def messages(self, newest: int = 0) -> int:
        """Try every message behind number `newest` but lists, those too that are queued on the way; the last number."""
        self._look_at_the_bot()
        self.moved.update(self.outbox.moved())
        while rows := [each for each in self.outbox.waiting()
                       if each.number > newest and not mailing.is_list(each.chat)]:
            for each in rows:
                self._one(each, self.moved.get(each.chat, each.chat))
            newest = rows[-1].number
        return newest

    def amendments(self) -> None:
        """Amend what was sent and has changed since; a refusal is dropped."""
        for number, receipt, message in self.outbox.stale():
            if self.down or self.channels.bot is None:
                return
            try:
                self.channels.bot.amend(receipt, message)
            except NotifyError as error:
                log.info("%s", error)
                if not error.permanent:
                    return
            self.outbox.amended(number)

    def by_second(self) -> None:
        """Let the second channel tell what it shall; one text that several chats did not get, once."""
        told: set[str] = set()
        for each in self.outbox.for_second() if self.channels.second else ():
            if each.text not in told:
                message = Message("", SECOND_CHANNEL, _explained(each.text, each.problem, self.texts))
                if _sent_by(self.channels.second, message) is not None:
                    return
            told.add(each.text)
            self.outbox.second_told(each.number)

    def _look_at_the_bot(self) -> None:
        if self.channels.bot is None:
            self.down.append((NO_TOKEN.sentence(self.texts), True))
        elif problem := self.outbox.closed(self.channels.account, self.now):
            self.down.append((problem, True))

    def _one(self, each: Waiting, to: str) -> None:
        """Try one message, unless something before it says that it cannot go."""
        if to == SECOND_CHANNEL:
            self._go_by_second(each)
        elif to in self.lost:
            self._give_up(each, "refused", self.lost[to])
        elif self.down or (each.doubtful and to not in self.stuck and not self._answers()):
            problem, for_good = self.down[0]
            self._hold(each, problem, at_once=for_good)
        elif to in self.stuck or each.due > self.now:
            self._hold(each, self.stuck.setdefault(to, self.texts("Telegram asked to wait.")))
        else:
            self._try(each, to)

    def _hold(self, each: Waiting, problem: str, *, at_once: bool = False) -> None:
        """Let a message wait on that was not even tried: for its readers that is a failed try too."""
        if not at_once:
            self.outbox.hold(each.number, problem)
        self._maybe_second(each, problem, at_once=at_once)

    def _answers(self) -> bool:
        """Whether the bot answers at all: into an outage nothing is sent a second time."""
        try:
            if self.channels.bot:
                self.channels.bot.check()
        except NotifyError as error:
            self._shut(error)
        return not self.down

    def _shut(self, problem: NotifyError) -> None:
        """Try nothing more in this pass; where the token is refused, nothing more for a day either."""
        log.warning("%s", problem)
        self.down.append((problem.sentence(self.texts), problem.permanent))
        if problem.permanent:
            self.outbox.close(self.channels.account, self.now + CLOSED_S, problem.sentence(self.texts))

    def _try(self, each: Waiting, to: str) -> None:
        message = self._marked(each)
        silent = max(self.outbox.muted_until(chat) for chat in {each.chat, to}) > self.now
        self.outbox.begin(each.number)
        at, receipt, problem = self._posted(replace(message, chat=to, silent=silent))
        if problem is None:
            self.outbox.sent(each.number, receipt, at)
            self.sent.append(each.number)
        else:
            self._failed(each, at, problem)

    def _marked(self, each: Waiting) -> Message:
        """The message, marked where it may have arrived already."""
        message = self.outbox.message(each.number)
        mark = self.texts("(possible repeat)") + "\n" if each.doubtful else ""
        return replace(message, text=mark + message.text)

    def _posted(self, message: Message) -> tuple[str, str, NotifyError | None]:
        """The chat that was tried last, the receipt or why there is none; short waits and moves are followed."""
        problem: NotifyError = NO_TOKEN
        for _ in range(HOPS if self.channels.bot else 0):
            try:
                return message.chat, self.channels.bot.send(message) if self.channels.bot else "", None
            except NotifyError as error:
                problem = error
            log.warning("%s", problem)
            if isinstance(problem, ChatMoved):
                message = self._follow(message, problem)
            elif not self._waited(problem):
                break
        return message.chat, "", problem

    def _follow(self, message: Message, problem: ChatMoved) -> Message:
        """The message for the new number of its chat, which is remembered and told to admins."""
        old, new = message.chat, str(problem.moved_to)
        self.outbox.move(old, new)
        self.moved.clear()
        self.moved.update(self.outbox.moved())
        self.outbox.queue(moved_message(chat, problem, old, self.texts) for chat in sorted(self.channels.admins))
        return replace(message, chat=new)

    def _waited(self, problem: NotifyError) -> bool:
        """Wait as asked, where that is short."""
        wait_s = problem.wait_s
        if wait_s is None or wait_s > PATIENCE_S or sum(self.waits) + wait_s > LONGEST_WAITS_S:
            return False
        self.waits.append(wait_s)
        time.sleep(wait_s)
        return True

    def _failed(self, each: Waiting, to: str, problem: NotifyError) -> None:
        """Note why a message did not go, and what that says of others."""
        said = problem.sentence(self.texts)
        if problem.doubtful:
            self._doubt(each, to, problem)
        elif problem.permanent and problem.scope != "channel":
            self._give_up(each, "refused", problem)
            if problem.scope == "chat":
                self._lose(each, to, problem)
        else:
            self.outbox.keep(each.number, said, self.now + int(problem.wait_s) + 1 if problem.wait_s else 0)
            self.stuck[to] = said
            if problem.scope == "channel":
                self._shut(problem)
            self._maybe_second(each, said, at_once=problem.permanent)

    def _doubt(self, each: Waiting, to: str, problem: NotifyError) -> None:
        """Try it once more later; the second time it is given up. Where the bot is away, nothing else is tried."""
        if each.doubted:
            self._give_up(each, "doubted", problem)
        else:
            self.stuck[to] = problem.sentence(self.texts)
            self.outbox.doubt(each.number, self.stuck[to])
            self._maybe_second(each, self.stuck[to])
        self._answers()

    def _lose(self, each: Waiting, to: str, problem: NotifyError) -> None:
        """Give up all that waits for a chat, and tell admins when that begins."""
        self.lost[to] = problem
        if self.outbox.unreachable(to, problem.sentence(self.texts)):
            self.outbox.queue(unreachable_message(chat, to, problem, each.key, self.texts)
                              for chat in sorted(self.channels.admins) if self.moved.get(chat, chat) != to)

    def _give_up(self, each: Waiting, state: str, problem: NotifyError) -> None:
        said = problem.sentence(self.texts)
        self.outbox.ended(each.number, state, said)
        self._maybe_second(each, said, at_once=True)

    def _maybe_second(self, each: Waiting, problem: str, *, at_once: bool = False) -> None:
        """Ask for the second channel where admins have waited long enough for a message."""
        admins = self.channels.admins | {self.moved.get(chat, chat) for chat in self.channels.admins}
        enough = at_once or each.attempts + 1 >= self.channels.after
        if self.channels.second and not each.second and each.kind != "report" and each.chat in admins and enough:
            self.outbox.want_second(each.number, problem)

    def _go_by_second(self, each: Waiting) -> None:
        """Send a message for which there is no other way."""
        if self.channels.second is None or SECOND_CHANNEL in self.stuck:
            return self.outbox.hold(each.number, "")
        message = self._marked(each)
        self.outbox.begin(each.number)
        problem = _sent_by(self.channels.second, message)
        if problem is None:
            self.outbox.sent(each.number)
            self.sent.append(each.number)
        else:
            self.stuck[SECOND_CHANNEL] = problem.sentence(self.texts)
            self.outbox.keep(each.number, self.stuck[SECOND_CHANNEL])
        return None
