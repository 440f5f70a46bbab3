from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rfm_service.emulator.botapi import BotApi
from rfm_service.emulator.refusals import BLOCKED, RESET_BEFORE
from rfm_service.notifiers.telegram import Notifier
from tests.contracts.stands.worlds import NotifierStand


@contextmanager
def stand(folder: Path) -> Iterator[NotifierStand]:
    with BotApi() as chat:
        plug = Notifier(token="1:local", api_url=chat.api_url, timeout_s=5)
        yield NotifierStand(plug, lambda: [(sent.chat_id, sent.text, len(sent.files)) for sent in chat.sent],
                            lambda: chat.refusals.push(BLOCKED.always()),
                            lambda: chat.refusals.push(RESET_BEFORE.always()))
