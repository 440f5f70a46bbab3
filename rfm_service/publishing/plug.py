"""What publishers of files have in common: their keys, and the time that a place has."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from rfm_service.archive.staying import Keep
from rfm_service.domain.errors import PublishError
from rfm_service.domain.values import Report
from rfm_service.publishing.limit import within
from rfm_service.publishing.shelf import Shelf
from rfm_service.publishing.wording import out_of_time
from rfm_service.timelimit import OutOfTimeError

if TYPE_CHECKING:
    from rfm_service.publishing.placing import Placing

T = TypeVar("T")
CHECK_MINUTES = 1.0


class FilePublisher(BaseModel):
    """Publishes files; `parts` are patterns of those wanted there, all without them.

    Of the nights there the newest `keep_nights` stay, and the last one of each of the newest `keep_months` and
    `keep_years` that have one. `language` is that of the page which lists them. What takes longer than
    `timeout_minutes` counts as failed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    parts: tuple[str, ...] = ()
    keep_nights: int = Field(60, ge=0)
    keep_months: int = Field(24, ge=0)
    keep_years: int = Field(10, ge=0)
    timeout_minutes: float = Field(15, gt=0, le=1440)
    language: Literal["ru", "en", "zh", "tr"] = "ru"

    @property
    @abstractmethod
    def place(self) -> str:
        """Where it publishes."""

    @abstractmethod
    def shelf(self) -> Shelf:
        """The folder, to be worked with once. Raises PublishError."""

    def publish(self, report: Report, *, first: bool) -> PublishError | None:
        """Publish whole or not at all; what is left undone beside the night's own folder. Raises PublishError."""
        return self._timely(self.timeout_minutes, lambda placing: placing.publish(report, first=first))

    def check(self, *, first: bool) -> None:
        """Try the folder without changing what is published. Raises PublishError."""
        self._timely(min(CHECK_MINUTES, self.timeout_minutes), lambda placing: placing.check(first=first))

    def newest(self, names: Sequence[str], most: int) -> Report | None:
        """The newest night there with its files of these names, of at most so many bytes. Raises PublishError."""
        return self._timely(min(CHECK_MINUTES, self.timeout_minutes), lambda placing: placing.newest(names, most))

    def nights(self) -> list[date]:
        """The nights that are there, oldest first. Raises PublishError."""
        return self._timely(self.timeout_minutes, lambda placing: placing.nights())

    def read(self, night: date | None, names: Sequence[str], most: int) -> Report | None:
        """A night there (None: the one in front) with its files of these names, of at most so many bytes.

        None where it is not there. Raises PublishError.
        """
        from rfm_service.publishing.placing import LATEST

        folder = LATEST if night is None else night.isoformat()
        return self._timely(self.timeout_minutes, lambda placing: placing.read(folder, names, most))

    def remove(self, night: date) -> bool:
        """Remove a night; whether it is gone. Raises PublishError."""
        return self._timely(self.timeout_minutes, lambda placing: placing.remove(night))

    def _timely(self, minutes: float, work: Callable[[Placing], T]) -> T:
        # Pages and their templates stay out of what only checks settings.
        from rfm_service.publishing.placing import Placing

        keep = Keep(self.keep_nights, self.keep_months, self.keep_years)
        try:
            return within(60 * minutes, self.shelf(), lambda shelf: work(
                Placing(shelf, self.place, self.parts, keep, self.language)))
        except OutOfTimeError:
            raise out_of_time(self.place, minutes) from None
