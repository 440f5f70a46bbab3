"""Whom to contact today, for the morning page: the top of the list in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from rfm_service.analysis.outreach.actions import actions
from rfm_service.analysis.outreach.reasons import reasons
from rfm_service.domain.findings import Findings
from rfm_service.ports import Texts
from rfm_service.texts.plain import plain, shortened

MOST_SHOWN = 20
NAME_PLACES, PRODUCT_PLACES = 44, 40


@dataclass(frozen=True)
class ContactRow:
    """A customer to contact, every value as it is shown."""

    place: str
    customer: str
    manager: str
    why: str
    action: str
    brings: str


def top_of_list(findings: Findings, texts: Texts) -> list[ContactRow]:
    """The first MOST_SHOWN of today's list."""
    rows = findings.today.head(MOST_SHOWN)
    rows = rows.assign(favourite=[shortened(plain(name), PRODUCT_PLACES) for name in rows["favourite"]])
    why, what = reasons(rows, texts), actions(rows, findings.worklist.rules.actions, texts)
    columns = (rows["customer"], rows["manager"], why, what, rows["expected"])
    return [ContactRow(texts.number(at), shortened(plain(name), NAME_PLACES) or texts("without a name"),
                       shortened(plain(manager), NAME_PLACES), reason, plain(action), texts.compact(brings))
            for at, (name, manager, reason, action, brings) in enumerate(zip(*columns, strict=True), 1)]


def list_title(findings: Findings, texts: Texts) -> str:
    """How many there are to contact, and on which day."""
    return texts.plural("Whom to contact on {day}: {count} customer", "Whom to contact on {day}: {count} customers",
                        len(findings.today), day=texts.day(findings.basis.as_of + timedelta(days=1)))


def list_note(findings: Findings, texts: Texts) -> str:
    """Where the others are; '' where there are none."""
    if not len(findings.today):
        return texts("Nobody has a reason to be contacted today.")
    more: Sequence[str] = [texts("All of them, with phones and where to note down what came of it: dashboard.html, "
                                 "RFM.xlsx and the lists of the sales managers.")]
    if len(findings.today) > MOST_SHOWN:
        more = [texts.plural("The first {count} is shown.", "The first {count} are shown.", MOST_SHOWN), *more]
    return " ".join(more)
