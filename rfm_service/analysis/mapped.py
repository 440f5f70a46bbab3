"""Engines as what they have in common: each lays the same functions to the lines of all customers, part by part."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import pandas as pd

    from rfm_service.analysis.questions import Question
    from rfm_service.domain.findings import Trade
    from rfm_service.domain.values import Basis
    from rfm_service.ports import Facts

T = TypeVar("T")


class Mapped(ABC):
    """The port of engines for one that can answer a Question; pandas is loaded with the first one."""

    @abstractmethod
    def answer(self, facts: Facts, question: Question[T]) -> T:
        """Lay the question to all customers, each with all its lines in one part. Raises EngineError."""

    def summarise(self, facts: Facts, basis: Basis) -> pd.DataFrame:
        """SUMMARY of all customers with a clean line in the window, sorted by customer_no. Raises EngineError."""
        from rfm_service.analysis.questions import summary_of

        return self.answer(facts, summary_of(basis))

    def tallies(self, facts: Facts, basis: Basis) -> pd.DataFrame:
        """TALLIES of the scored customers. Raises EngineError."""
        from rfm_service.analysis.questions import tallies_of

        return self.answer(facts, tallies_of(basis))

    def briefs(self, facts: Facts, bases: Sequence[Basis]) -> list[pd.DataFrame]:
        """BRIEF of all customers for each of some bases that differ in as_of alone. Raises EngineError."""
        from rfm_service.analysis.questions import briefs_of

        return self.answer(facts, briefs_of(bases))

    def trade(self, facts: Facts, basis: Basis, push_days: int) -> Trade:
        """What was sold in the window, of which the last `push_days` are told apart. Raises EngineError."""
        from rfm_service.analysis.questions import trade_of

        return self.answer(facts, trade_of(basis, push_days))

    def purchases(self, facts: Facts, basis: Basis) -> pd.DataFrame:
        """PURCHASES of all customers, up to basis.as_of. Raises EngineError."""
        from rfm_service.analysis.questions import purchases_of

        return self.answer(facts, purchases_of(basis))
