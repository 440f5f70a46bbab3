"""What the keys in documents and registers stand for, looked up in their catalogues once a run."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from rfm_service.domain.errors import AnswerTooHeavy, SourceRefused
from rfm_service.onec.odata.pages import Ask, Row, catalogue, key_of
from rfm_service.onec.odata.profiles import Analysis
from rfm_service.onec.odata.query import Question, reference, unique

log = logging.getLogger(__name__)

Cells = Mapping[str, object]
"""Our field -> cell."""
MANY = 2_000
"""When more references than this were looked up in a catalogue it is read whole: requests would take longer."""
MOST_KEYS = 25
NOTHING: Cells = {}


class Names:
    """Looks keys up by column (`Номенклатура_Key`), each once; what is not found stands for nothing."""

    def __init__(self, ask: Ask, analyses: Mapping[str, Analysis], *, allowed_only: bool) -> None:
        self._ask, self._analyses, self._allowed_only = ask, analyses, allowed_only
        self._known: defaultdict[str, dict[str, Cells]] = defaultdict(dict)
        self._whole: set[str] = set()
        self._unpublished: set[str] = set()

    def learn(self, keys: Iterable[tuple[str, str]]) -> None:
        """Look up those (column, key) that are not known yet. Raises SourceError."""
        new: defaultdict[str, set[str]] = defaultdict(set)
        for column, key in keys:
            if key and key not in self._known[column] and column not in self._whole:
                new[column].add(key)
        for column, refs in new.items():
            self._look_up(column, refs)

    def of(self, column: str, key: str) -> Cells:
        """What a key stands for: our field -> cell."""
        return self._known[column].get(key, NOTHING)

    def tell(self, keys: Iterable[tuple[str, str]]) -> bool:
        """Whether each of these (column, key) stands for something; a catalogue may be not published."""
        return all(not key or column in self._unpublished or self.of(column, key) for column, key in keys)

    def _look_up(self, column: str, refs: Collection[str]) -> None:
        analysis, known = self._analyses[column], self._known[column]
        question = Question(analysis.catalogue, unique(("Ref_Key", *analysis.columns.values())),
                            allowed_only=self._allowed_only)
        whole = analysis.whole and len(known) + len(refs) > MANY
        try:
            found = dict(self._cells(analysis, everything(self._ask, question) if whole
                                     else by_refs(self._ask, question, refs)))
        except SourceRefused as refusal:
            if not analysis.optional:
                raise
            log.warning("Keys stand for themselves: %s", refusal)
            whole, found = True, {}
            self._unpublished.add(column)
        known.update(dict.fromkeys(refs, NOTHING) | found)
        self._whole |= {column} if whole else set()

    def _cells(self, analysis: Analysis, rows: Iterable[Row]) -> Iterator[tuple[str, Cells]]:
        for row in rows:
            key, = key_of(row, ("Ref_Key",))
            yield reference(key), {field: row.get(path) for field, path in analysis.columns.items()}


def by_refs(ask: Ask, question: Question, refs: Collection[str], column: str = "Ref_Key") -> Iterator[Row]:
    """The rows of some references. Raises SourceError."""
    for page in in_batches(ask, question, sorted(refs), column, MOST_KEYS):
        yield from page


def in_batches(ask: Ask, question: Question, refs: Sequence[str], column: str = "Ref_Key",
               most: int = MOST_KEYS) -> Iterator[list[Row]]:
    """The rows of some references, those of them that are there: as many at a time as the address takes.

    Fewer where that is too heavy. Raises SourceError.
    """
    for batch in question.batches(refs, column, most=most):
        try:
            rows = ask(question.of_refs(batch, column))
        except AnswerTooHeavy:
            if len(batch) == 1:
                raise
            yield from in_batches(ask, question, batch, column, len(batch) // 2)
            continue
        yield rows


def everything(ask: Ask, question: Question) -> Iterator[Row]:
    """All rows of a catalogue. Raises SourceError."""
    for page in catalogue(ask, question):
        yield from page
