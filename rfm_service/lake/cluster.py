"""What engines past one machine have in common: files of lines, a deadline, and no customer too large for a worker."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, ValidationInfo

from rfm_service.analysis.mapped import Mapped
from rfm_service.domain.errors import EngineError, EngineUnavailable
from rfm_service.domain.stored import Heaviest, Mark
from rfm_service.setting_types import from_home
from rfm_service.timelimit import OutOfTimeError, within

if TYPE_CHECKING:
    import pandas as pd

    from rfm_service.analysis.questions import Question
    from rfm_service.lake.folder import Lake
    from rfm_service.lake.selection import Selection
    from rfm_service.ports import Facts

log = logging.getLogger(__name__)

T = TypeVar("T")
BYTES_A_LINE = 600
"""What a line costs a worker at the peak of the heaviest question (trade). Measured on Dask as growth of the resident
memory of the worker that holds all lines in one part: 504, 446 and 420 bytes at 1, 2 and 4 million lines (summaries and
purchases: 220 to 320); the rest is for the program itself and for the other customers of the part."""


def _place(address: str, known: ValidationInfo) -> str:
    return address if "://" in address else str(from_home(Path(address), known))


Place = Annotated[str, Field(min_length=1), AfterValidator(_place)]


class Call:
    """Whether anybody still waits for an errand: what is past its deadline goes on in a thread, and shall soon end."""

    left = False

    def leave(self) -> None:
        """Tell that nobody waits any more."""
        self.left = True


@dataclass(frozen=True)
class Errand(Generic[T]):
    """What a cluster is sent for: `of_lines` over the chosen lines of some files, shuffled by customer into `parts`.

    Every customer's lines lie in one part; a part may hold no line. `heaviest` is the customer with the most lines.
    """

    lake: Lake
    files: Sequence[str]
    selection: Selection
    of_lines: Callable[[pd.DataFrame], T]
    parts: int
    heaviest: Heaviest = field(default_factory=Heaviest)
    call: Call = field(default_factory=Call)


class ClusterEngine(Mapped, BaseModel):
    """Lays questions to the files in `lake` (a folder or an address of fsspec with its `lake_options`) on a cluster.

    The customers come in parts of about `bucket_lines` lines, or in so many `buckets`: neither changes a result. A
    worker has `worker_memory_mb` (0: as the cluster tells). A question that takes longer than `deadline_minutes` has
    failed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    lake: Place = "lines"
    lake_options: dict[str, Any] = Field(default_factory=dict, repr=False)
    bucket_lines: int = Field(default=1_000_000, gt=0)
    buckets: int = Field(default=0, ge=0)
    worker_memory_mb: int = Field(default=0, ge=0)
    deadline_minutes: float = Field(default=60, gt=0)
    _weights: dict[tuple[Facts, Mark, frozenset[str]], tuple[int, Heaviest]] = PrivateAttr(default_factory=dict)

    @property
    def files(self) -> Lake:
        """The files of sale lines."""
        from rfm_service.lake.folder import Lake

        return Lake(self.lake, self.lake_options)

    def answer(self, facts: Facts, question: Question[T]) -> T:
        """Bring the files up to the ledger, then lay the question to them. Raises EngineError."""
        from rfm_service.lake.folder import SCHEMA
        from rfm_service.lake.selection import Selection
        from rfm_service.lake.sync import sync

        lake = self.files
        written = sync(lake, facts)
        if written.days:
            log.info("Sale lines for the cluster: %s days, %s lines written.", written.days, written.lines)
        selection = Selection(question.table, question.view, facts.leaving_out(question.own))
        files = lake.within(question.view.period)
        if not files:
            return question.added([question.of_lines(selection.chosen(SCHEMA.empty_table()))])
        stored, heaviest = self._weighed(facts, question.own)
        parts = self.buckets or max(1, -(-stored // self.bucket_lines))
        errand = Errand(lake, files, selection, question.of_lines, parts, heaviest)
        return question.added(self._in_time(lambda: self._sent(errand), errand.call))

    def _weighed(self, facts: Facts, own: frozenset[str]) -> tuple[int, Heaviest]:
        """How many lines there are, and whose are most: asked once for all questions of a state."""
        state = (facts, facts.newest(), own)
        if state not in self._weights:
            self._weights[state] = (facts.stored(), facts.heaviest(own))
        return self._weights[state]

    def _sent(self, errand: Errand[T]) -> list[T]:
        memory, heaviest = self.worker_memory_mb or self.told_memory_mb(), errand.heaviest
        most = memory * 1_000_000 // BYTES_A_LINE
        if memory and heaviest.lines > most:
            raise EngineError(
                "The customer {customer_id} has {lines} sale lines, and a worker of the engine with {memory} MB holds "
                "about {most}. Give the workers more memory, or leave that customer out with rfm.exclude_customers; "
                "`rfm-service customers show {customer_id}` tells who it is.",
                customer_id=heaviest.customer_id, lines=heaviest.lines, memory=memory, most=most)
        return self.carried_out(errand)

    def _in_time(self, work: Callable[[], T], call: Call) -> T:
        try:
            return within(self.deadline_minutes * 60, work, call.leave)
        except OutOfTimeError:
            raise EngineUnavailable("The engine {kind} did not end within {minutes} minutes (engine.deadline_minutes). "
                                    "Look whether its scheduler and its workers are alive, then run the night again.",
                                    kind=self.kind, minutes=f"{self.deadline_minutes:g}") from None

    @property
    def kind(self) -> str:
        """The name of the engine in the settings."""
        return type(self).__module__.rpartition(".")[2]

    @abstractmethod
    def told_memory_mb(self) -> int:
        """The memory of the smallest worker as the cluster tells it; 0 where it does not. Raises EngineError."""

    @abstractmethod
    def carried_out(self, errand: Errand[T]) -> list[T]:
        """The answers of all parts of an errand, in any order. Raises EngineError."""
