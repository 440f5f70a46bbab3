"""Which days the figures of a sheet are for."""

from __future__ import annotations

from rfm_service.domain.findings import Findings
from rfm_service.ports import Texts


def period(findings: Findings, texts: Texts) -> str:
    """The window in a sentence."""
    window = findings.basis.window
    return texts.plural("All figures are for the period: {count} day ({first} – {last})",
                        "All figures are for the period: {count} days ({first} – {last})", window.days,
                        first=texts.day(window.first), last=texts.day(window.last))
