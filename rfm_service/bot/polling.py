"""The bot that admins ask: it polls Telegram in a small process of its own and answers in listed chats only."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from rfm_service import lock, wiring
from rfm_service.bot import memory, reading, rules
from rfm_service.bot.answers import Asked, Desk, menu
from rfm_service.bot.line import Line
from rfm_service.bot.memory import Memory
from rfm_service.botapi import Caller
from rfm_service.domain.errors import NotifyError
from rfm_service.settings import Settings

log = logging.getLogger(__name__)

PATIENCE_S = 25
"""How long Telegram holds a question open while nobody writes."""
LONGEST_GAP_S = 300
STALE_S = 600
CONFLICT = 409
TOO_MANY = 429
ANSWER_GAPS = (1, 5, 20)


@dataclass
class Bot:
    """Takes what is written to the bot; an update is acknowledged only after it was carried out."""

    desk: Desk
    line: Line
    redacted: Callable[[str], str]
    memory: Memory
    since: float
    name: str = ""
    offset: int = 0
    failures: int = 0
    told: set[int] = field(default_factory=set)
    stopping: threading.Event = field(default_factory=threading.Event)

    def end(self) -> None:
        """End at once: what was begun comes again. The event is for where the library swallows the end."""
        self.stopping.set()
        raise SystemExit(0)

    def run(self) -> None:
        """Poll until the process is asked to end."""
        while not self.stopping.is_set():
            self.turn()

    def turn(self) -> None:
        """Wait for updates once and carry them out; a failure waits longer each time."""
        try:
            if not self.name:
                self._introduce()
            updates = self.line.updates(self.offset, PATIENCE_S)
            if updates and not any(map(reading.number_of, updates)):
                raise NotifyError("Telegram answered with updates that have no numbers.")
        except NotifyError as error:
            self._pause(error)
            return
        self._recovered()
        self._carry_out(updates)

    def _introduce(self) -> None:
        """Learn the own name and put the commands into the menus of the listed chats."""
        self.name = self.line.name()
        for chat in self.desk.settings.telegram.admin_chats:
            try:
                self.line.menu(str(chat), menu(self.desk.texts))
            except NotifyError as error:
                log.info("The menu of commands cannot be shown: %s", error)

    def _pause(self, error: NotifyError) -> None:
        """Wait before the next try; the same kind of failure is logged once until it is over."""
        self.failures += 1
        if error.code not in self.told:
            self.told.add(error.code)
            log.warning("Commands cannot be asked for: %s", error)
            if error.code == CONFLICT:
                log.warning("Somebody else asks for this bot's messages: another installation with the same token?")
        self.stopping.wait(max(error.wait_s or 0, min(LONGEST_GAP_S, 2 ** min(self.failures - 1, 10))))

    def _recovered(self) -> None:
        if self.failures:
            log.info("Commands are asked for again")
            self.since = self.desk.clock().timestamp()
        self.failures = 0
        self.told -= {code for code in self.told if code != CONFLICT}

    def _carry_out(self, updates: list[object]) -> None:
        """Carry out what comes from listed chats; the rest is counted and passed over."""
        chats, before = self._listed() if updates else {}, self.memory
        numbered = [(number, update) for update in updates if (number := reading.number_of(update))]
        for number, update in numbered:
            if number not in self.memory.done:
                self._take(number, reading.written(update), chats)
        if self.memory is not before:
            self._keep(self.memory)
        # Said once: numbers may begin anew at Telegram, and a stale one would pass over all of them.
        self.offset = max((number + 1 for number, _ in numbered), default=0)

    def _listed(self) -> dict[str, str]:
        return rules.listed(self.desk.settings, self.memory.moved)

    def _take(self, number: int, written: reading.Written | None, chats: Mapping[str, str]) -> None:
        if written is None:
            return
        chat = rules.chat_of(written.names, chats)
        if chat is None:
            self.memory = self.memory.met(written.user, self.line.caller.token).finished(number)
        elif written.moved_to:
            self._keep(replace(self.memory, moved={**self.memory.moved, chat: written.moved_to}))
        elif asked := self._asked(number, written, chat):
            self._do(asked)
            self._keep(self.memory.finished(number))

    def _asked(self, number: int, written: reading.Written, chat: str) -> Asked | None:
        """The command of a message in a listed chat; None where nobody asked for anything, or long ago."""
        if not written.ours:
            return None
        if written.at < self.since - STALE_S:
            log.info("A command from before the bot was heard again is passed over")
            return None
        found, known = reading.command(written.text, self.name), menu(self.desk.texts)
        if found and found.word in known:
            return Asked(number, chat, written.chat, found.word, found.rest)
        wanted = written.private or (found is not None and found.addressed)
        return Asked(number, chat, written.chat, "help", "") if wanted else None

    def _do(self, asked: Asked) -> None:
        again = self.memory.doing == asked.update
        self._keep(replace(self.memory, doing=asked.update, drafted=self.memory.drafted if again else 0))
        log.info("Asked for: /%s", asked.word)
        try:
            text = self._night(asked) if asked.word == "run" else self.desk.answer(asked)
        except Exception as error:
            log.exception("A command failed")
            text = self.desk.texts("An unexpected fault ({kind}); its details are in logs/service.log.",
                                   kind=type(error).__name__)
        if again:
            mark = self.desk.texts("Possibly a repeat after an interruption: /{word}", word=asked.word)
            text = f"{mark}\n{text}"
        if text:
            self._say(asked.to, self.redacted(text))

    def _night(self, asked: Asked) -> str:
        """Ask the daemon for a night, once an update, whenever this process is ended."""
        day, requests, texts = self.desk.night_of(asked), self.desk.requests, self.desk.texts
        if isinstance(day, str):
            return day
        try:
            if self.memory.drafted != asked.update:
                if requests.waiting():
                    return texts("A night is asked for already and waits for its start.")
                requests.write(asked.update, day, asked.chat)
                self._keep(replace(self.memory, drafted=asked.update))
            requests.place(asked.update)
        except OSError as error:
            return texts("The night cannot be asked for: {reason}. Check the disk and the rights of the service.",
                         reason=error.strerror or type(error).__name__)
        return self.desk.started(day)

    def _say(self, chat: str, text: str) -> None:
        """Answer; tried again only where nothing arrived."""
        for gap in (*ANSWER_GAPS, None):
            try:
                self.line.say(chat, text)
            except NotifyError as error:
                if gap is None or not _unheard(error):
                    log.warning("An answer was not delivered: %s", error)
                    return
                self.stopping.wait(max(gap, min(error.wait_s or 0, LONGEST_GAP_S)))
            else:
                return

    def _keep(self, known: Memory) -> None:
        self.memory = known
        memory.keep(memory_of(self.desk.settings), known)


def _unheard(error: NotifyError) -> bool:
    """Whether nothing of a call took effect, and it may be made again soon."""
    return error.code == TOO_MANY or error.code >= 500 or (error.scope == "channel" and not error.permanent)


def memory_of(settings: Settings) -> Path:
    """Where the bot keeps what it must not forget."""
    return settings.warehouse.parent / memory.NAME


def line_of(settings: Settings) -> Line:
    """How the bot of the settings is spoken through."""
    telegram = settings.telegram
    return Line(Caller(telegram.token, telegram.api_url, telegram.timeout_s))


def poll(settings: Settings, path: Path, clock: Callable[[], datetime]) -> None:
    """Answer commands until the process, or the one that started it, ends. Raises LockHeld."""
    with lock.held(settings.warehouse.parent / "poll.lock", "poll"):
        bot = Bot(Desk(settings, path, wiring.texts(settings), clock), line_of(settings), wiring.redactor(settings),
                  memory.recalled(memory_of(settings)), clock().timestamp())
        for name in ("SIGTERM", "SIGINT", "SIGBREAK"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), lambda _number, _frame: bot.end())
        threading.Thread(target=_follow, args=(os.getppid(),), daemon=True).start()
        log.info("Commands are asked for")
        bot.run()


def _follow(parent: int) -> None:
    """End with the process that started this one: two who poll would take turns."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)
