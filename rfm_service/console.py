"""How commands speak with a person: sentences, faults with their exit code, a progress bar; never a traceback."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from rfm_service import logs, presets, wiring
from rfm_service.daemon import clock
from rfm_service.domain.errors import LockHeld, RfmError, SettingsError, Unexpected, WrongUsage
from rfm_service.settings import Settings

FAILED, USAGE, UNSEEN, LOCKED = 1, 2, 3, 75

SettingsPath = Annotated[Path, typer.Option("--settings", help="The settings file.")]
DEFAULT_SETTINGS = Path("settings.toml")


@dataclass
class Speaker:
    """Says sentences: results on stdout, faults on stderr, in the language of the settings once they are read."""

    texts: Callable[..., str] = lambda text, **values: text.format(**values)

    def say(self, text: str, **values: object) -> None:
        """A sentence of the catalogue on stdout."""
        print(self.texts(text, **values))

    def fail(self, error: RfmError) -> None:
        """The sentence of an error on stderr."""
        print(error.sentence(self.texts), file=sys.stderr)


@contextmanager
def speaking() -> Iterator[Speaker]:
    """Turn errors into their sentence and exit code: a person never sees a traceback."""
    speaker = Speaker()
    try:
        yield speaker
        sys.stdout.flush()
    except RfmError as error:
        speaker.fail(error)
        raise typer.Exit(_code(error)) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except (typer.Exit, typer.Abort):
        raise
    except BrokenPipeError:
        # `status | head` reads what it wants and leaves: no fault. What is still to be flushed goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(FAILED) from None
    except Exception as error:
        speaker.fail(Unexpected(type(error).__name__))
        raise typer.Exit(FAILED) from None


def _code(error: RfmError) -> int:
    return USAGE if isinstance(error, SettingsError | WrongUsage) else LOCKED if isinstance(error, LockHeld) else FAILED


@contextmanager
def opened(path: Path, log: str = "service.log", written: Sequence[str] = ()) -> Iterator[tuple[Settings, Speaker]]:
    """The settings of a file (with some `key=value` over it), their language and their log. Raises SettingsError."""
    with speaking() as speaker:
        if faulty := [each for each in written if "=" not in each]:
            raise WrongUsage("--set wants KEY=VALUE, like rfm.cuts=nightly, not {given}.", given=repr(faulty[0]))
        settings = wiring.load(path, dict(each.split("=", 1) for each in written))
        speaker.texts = wiring.texts(settings)
        lines = wiring.log(settings, log)
        for remark in presets.remarks(settings.rules.grid)[1:]:
            logging.getLogger(__name__).warning("%s", remark)
        try:
            yield settings, speaker
        except (RfmError, typer.Exit, BrokenPipeError):
            raise
        except Exception:
            logging.getLogger(__name__).exception("An unexpected fault")
            raise
        finally:
            logs.stop(lines)


@contextmanager
def progress(speaker: Speaker) -> Iterator[Callable[[int, int], None]]:
    """A bar in a terminal, a plain line a window elsewhere; nothing where there is one window."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(speaker.texts("Loading sales"), total=None, visible=False)

        def advance(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, visible=total > 1)
            if total > 1 and not console.is_terminal:
                print(speaker.texts("Loading sales: window {done} of {total}", done=done, total=total),
                      file=sys.stderr)

        yield advance


def yesterday(settings: Settings) -> date:
    """The last complete day in the configured zone."""
    return clock(settings)().date() - timedelta(days=1)
