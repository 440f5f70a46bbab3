"""`poll`, `answer`, `mute`: what the daemon and its bot start; no person needs them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from rfm_service import wiring
from rfm_service.console import DEFAULT_SETTINGS, SettingsPath, opened
from rfm_service.daemon import clock
from rfm_service.domain.errors import WrongUsage

group = typer.Typer()

Chat = Annotated[str, typer.Option("--chat", help="The chat.")]


class Files(StrEnum):
    """What is answered with files."""

    report = "report"
    log = "log"


@group.command(hidden=True)
def poll(settings: SettingsPath = DEFAULT_SETTINGS) -> None:
    """Answer the commands of admins in Telegram until it is ended."""
    from rfm_service.bot import polling

    # A file of its own: two writers cannot rotate one on Windows.
    with opened(settings, "bot.log") as (found, _):
        if not (found.telegram.token and found.telegram.commands and found.telegram.admin_chats):
            raise WrongUsage("Nobody can ask the bot: that needs telegram.token, telegram.admin_chats and "
                             "telegram.commands = true.")
        polling.poll(found, settings.resolve(), clock(found))


@group.command(hidden=True)
def answer(what: Files, chat: Chat, settings: SettingsPath = DEFAULT_SETTINGS) -> None:
    """Send the newest report, or the log of the newest run, to a chat."""
    from rfm_service.bot import documents, polling

    with opened(settings) as (found, _):
        send = documents.send_report if what is Files.report else documents.send_log
        send(found, polling.line_of(found), chat, wiring.texts(found))


@group.command(hidden=True)
def mute(chat: Chat, until: Annotated[int, typer.Option(help="Unix seconds; 0: no longer.")],
         settings: SettingsPath = DEFAULT_SETTINGS) -> None:
    """Let messages to a chat make no sound."""
    from rfm_service.bot import rules

    with opened(settings) as (found, _):
        rules.mute(found, chat, until)
