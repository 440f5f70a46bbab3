"""The engine for one machine: pandas and numpy over the ledger, bucket by bucket."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from rfm_service.analysis.mapped import Mapped
from rfm_service.domain.tables import LINES
from rfm_service.domain.values import Bucket, Remark
from rfm_service.ports import Facts

if TYPE_CHECKING:
    from rfm_service.analysis.questions import Question

T = TypeVar("T")


class Engine(Mapped, BaseModel):
    """Takes customers in buckets of about `bucket_lines` stored lines, or in so many `buckets`, `workers` at a time.

    None of these numbers changes a result.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    bucket_lines: int = Field(default=1_000_000, gt=0)
    buckets: int = Field(default=0, ge=0)
    workers: int = Field(default=2, gt=0)

    def answer(self, facts: Facts, question: Question[T]) -> T:
        """Lay the question to the buckets."""
        read = facts.lines if question.table == LINES else facts.trade_lines

        def of_bucket(bucket: Bucket) -> T:
            return question.of_lines(read(bucket, question.view, question.own))

        with ThreadPoolExecutor(self.workers) as pool:
            return question.added(list(pool.map(of_bucket, facts.buckets(self._lines_each(facts)))))

    def reached(self) -> Remark:
        """How it computes; nothing outside can fail."""
        return Remark(True, "this machine, {workers} parts of the customers at a time.", (("workers", self.workers),))

    def _lines_each(self, facts: Facts) -> int:
        return -(-facts.stored() // self.buckets) if self.buckets else self.bucket_lines
