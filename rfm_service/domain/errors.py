"""Every error a user can meet, in one tree; `permanent` says whether trying again can help.

RfmError
├── SettingsError            all faults of a settings file at once (exit 2)
├── WrongUsage               a command that cannot be carried out as it was written (exit 2)
├── LockHeld                 another run is at work (exit 75)
├── SourceError              1C could not be read
│   ├── SourceUnavailable    transient: no connection, 5xx, a truncated answer
│   │   ├── SourceBusy       no free licence or session: asked again, but seldom
│   │   ├── SourceClosed     1C is being maintained or updated: the night is postponed
│   │   └── AnswerTooHeavy   too large, too slow or too much for the memory of 1C: fewer days are asked
│   ├── SourceRefused        401, 403, 404, a redirect: a person must act
│   ├── AnswerMalformed      an answer of the wrong shape
│   ├── AnswerEmpty          "no sales" where sales are stored
│   └── RemovalsHeld         so many documents gone at once that a person must accept it
├── ResourcesLow             too little room on the disk or in memory to begin
├── DayIncomplete            the last day has no sales yet and the report shall wait: the night is postponed
├── LedgerError              the warehouse could not be opened, migrated or written
│   └── LedgerUnavailable    transient: the database server is silent, full or busy
├── EngineError              the engine could not do its work: a person must act
│   └── EngineUnavailable    transient: no scheduler, no workers, a share that is gone, too slow
├── RenderError              a report file could not be made
├── PublishError             a report folder could not be written
├── NotifyError              a message was not accepted
│   └── ChatMoved            the chat has another number now
├── NightCutOff              a night was ended before it could say why
├── Unexpected               a fault of this program
└── NightFailed              the step that stopped a night and why
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from rfm_service.domain.values import Removal


class RfmError(Exception):
    """An error whose sentence says what happened, where and what to do.

    `template` is a msgid of the catalogues, `values` fill its `{places}`; `str()` gives the English sentence.
    """

    permanent = True

    def __init__(self, template: str, **values: object) -> None:
        super().__init__(template, values)
        self.template = template
        self.values = values

    def __str__(self) -> str:
        return self.template.format(**self.values)

    def sentence(self, texts: Callable[..., str]) -> str:
        """The sentence in the language of a catalogue."""
        values = {name: value.sentence(texts) if isinstance(value, RfmError) else value
                  for name, value in self.values.items()}
        return texts(self.template, **values)

    @property
    def gist(self) -> str:
        """The English sentence without the errors told of within it: by it tries that fail alike are known."""
        values = {name: "" if isinstance(value, RfmError) else value for name, value in self.values.items()}
        return self.template.format(**values)


class LockHeld(RfmError):
    """Another run holds the lock."""

    permanent = False


class SourceError(RfmError):
    """1C could not be read."""


class SourceUnavailable(SourceError):
    """1C does not answer now; `wait_s` is what it asked to wait, in seconds."""

    permanent = False

    def __init__(self, template: str, *, wait_s: float | None = None, **values: object) -> None:
        super().__init__(template, **values)
        self.wait_s = wait_s


class SourceBusy(SourceUnavailable):
    """1C has no free licence or session; it is asked again, but seldom."""


class SourceClosed(SourceUnavailable):
    """1C is closed for maintenance or an update; a night that ends so is postponed."""


class AnswerTooHeavy(SourceUnavailable):
    """The answer is too large, too slow or too much for the memory of 1C: fewer days may pass."""


class SourceRefused(SourceError):
    """1C answered and refused; trying again changes nothing."""


class AnswerMalformed(SourceError):
    """The answer has the wrong shape."""


class AnswerEmpty(SourceError):
    """The answer holds no sales where the ledger holds some."""


class RemovalsHeld(SourceError):
    """So many stored documents are gone at once that a person must accept it."""

    def __init__(self, template: str, *, removal: Removal, **values: object) -> None:
        super().__init__(template, **values)
        self.removal = removal


class ResourcesLow(RfmError):
    """This machine has too little room on the disk or in memory to begin a night."""

    permanent = False


class DayIncomplete(RfmError):
    """The last day has no sales in 1C yet, and the settings say that the report waits for them."""

    permanent = False


class LedgerError(RfmError):
    """The warehouse could not be opened, migrated or written."""


class LedgerUnavailable(LedgerError):
    """The server of the warehouse does not answer, is full or is busy: trying again can help."""

    permanent = False


class EngineError(RfmError):
    """The engine, or the files that it reads, could not do what was asked; trying again changes nothing."""


class EngineUnavailable(EngineError):
    """The engine, or the files that it reads, does not answer now."""

    permanent = False


class RenderError(RfmError):
    """A report file could not be made."""


class PublishError(RfmError):
    """A report folder could not be written."""

    permanent = False


class NotifyError(RfmError):
    """A message was not accepted, or nobody knows whether it was.

    `permanent`: trying again changes nothing; `wait_s`: what the other side asked to wait, in seconds; `doubtful`: the
    message may have arrived; `scope`: what this is true of, the "message", all of the "chat" or all of the "channel".
    """

    moved_to: str | None = None

    def __init__(self, template: str, *, permanent: bool = False, doubtful: bool = False, scope: str = "message",
                 wait_s: float | None = None, **values: object) -> None:
        super().__init__(template, **values)
        self.permanent = permanent
        self.doubtful = doubtful
        self.scope = scope
        self.wait_s = wait_s

    @property
    def code(self) -> int:
        """The number of a refusal in the other side's own words; 0: it said none."""
        said = self.values.get("code")
        return said if isinstance(said, int) else 0


class ChatMoved(NotifyError):
    """The chat has another number now, `moved_to`: a group that became a supergroup."""

    def __init__(self, template: str, *, moved_to: str, code: int, reason: str) -> None:
        super().__init__(template, scope="chat", code=code, reason=reason)
        self.moved_to = moved_to


class NightCutOff(RfmError):
    """A night was ended before it could say why."""

    permanent = False


class Unexpected(RfmError):
    """A fault of this program; its traceback is in the log."""

    def __init__(self, kind: str) -> None:
        super().__init__("An unexpected fault ({kind}); its details are in logs/service.log.", kind=kind)


@dataclass(frozen=True)
class SettingFault:
    """One fault of a settings file: the key (`source.url`), the value as written, and what is wrong."""

    key: str
    value: str
    problem: str
    nearest: str | None = None

    def __str__(self) -> str:
        shown = f" = {self.value}" if self.value else ""
        hint = f" (did you mean {self.nearest}?)" if self.nearest else ""
        return f"{self.key}{shown}: {self.problem}{hint}"


class SettingsError(RfmError):
    """All faults of a settings file, listed at once by key."""

    def __init__(self, faults: Sequence[SettingFault], path: str) -> None:
        super().__init__("The settings in {path} have {count} fault(s):\n{faults}", path=path,
                         count=len(faults), faults="\n".join(f"  {fault}" for fault in faults))
        self.faults = tuple(faults)


class WrongUsage(RfmError):
    """A command that cannot be carried out as it was written."""


POSTPONING = (SourceClosed, DayIncomplete)
"""Errors that only ask for patience: a night that ends so is postponed."""


class NightFailed(RfmError):
    """A night stopped at `step`, or is postponed until 1C is open or has the day; the cause is chained."""

    def __init__(self, step: str, as_of: date, reason: RfmError) -> None:
        super().__init__("The night of {as_of} is postponed: {reason}" if isinstance(reason, POSTPONING) else
                         "The night of {as_of} stopped at the step “{step}”: {reason}",
                         as_of=as_of.isoformat(), step=step, reason=reason)
        self.step = step
        self.reason = reason
        self.permanent = reason.permanent

    def sentence(self, texts: Callable[..., str]) -> str:
        """The sentence in the language of a catalogue, which knows the names of the steps too."""
        return texts(self.template, as_of=self.values["as_of"], step=texts(self.step),
                     reason=self.reason.sentence(texts))
