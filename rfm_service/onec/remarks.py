"""What `check` says of 1C by whatever protocol it is read; no customer is named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from rfm_service.domain.values import DayTotal, Rejected, Remark, money


def of_rejected(day: date, rejected: Sequence[Rejected]) -> Iterator[Remark]:
    """How many sale lines of a day are set aside, and mostly why."""
    if rejected:
        (reason, _), = Counter(row.reason for row in rejected).most_common(1)
        yield Remark(False, "{count} sale lines of {day} cannot be understood; most often: {reason}.", (
            ("count", len(rejected)), ("day", day.isoformat()), ("reason", Remark(False, reason))))


def of_months(totals: Sequence[DayTotal] | None, currency: str, day: date) -> Iterator[Remark]:
    """Documents and sums by month up to a day, for a person to hold against a report of 1C."""
    if totals is None:
        yield Remark(True, "Sums by month are not compared: documents in other currencies, sums without VAT or no sum "
                           "of a document.")
    for month in sorted({f"{total.day:%Y-%m}" for total in totals or ()}):
        chosen = [total for total in totals or () if f"{total.day:%Y-%m}" == month]
        yield Remark(True, "{month}: {documents} documents for {amount} {currency}. Compare with the report on sales "
                           "in 1C.", (
            ("month", _through(month, day)), ("documents", sum(total.documents for total in chosen)),
            ("amount", f"{money(sum(total.amount for total in chosen)):.2f}"), ("currency", currency)))


def month_before(day: date, months: int) -> date:
    """The first day of the month so many months before a day's."""
    count = day.year * 12 + day.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)


def _through(month: str, day: date) -> str:
    """A month; its days where it is not over."""
    over = f"{day + timedelta(days=1):%Y-%m}" != month
    return month if over else f"{month}-01 – {day}"


def of_all(*, allowed_only: bool) -> Iterator[Remark]:
    """What holds for every publication."""
    yield Remark(True, "Times of 1C are wall-clock times of its base: `timezone` must be the zone in which people work "
                       "there.")
    if allowed_only:
        yield Remark(False, "source.allowed_only is on: 1C leaves out what its user may not see, without a word. Give "
                            "the user the right to read all sales, and switch it off.")
