"""managers/*.xlsx: a list for each sales manager, of the customers that are his, with columns to fill.

Who is not to be contacted is on none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rfm_service.domain.findings import Findings
from rfm_service.owners import list_files, owner
from rfm_service.ports import Texts
from rfm_service.sheets.contacts import contact_list, urgent_first


@dataclass(frozen=True)
class Renderer:
    """Makes the lists; they name customers, so no chat is sent them."""

    def render(self, findings: Findings, texts: Texts) -> Mapping[str, bytes]:
        """managers/<slug>.xlsx for each sales manager, and one for the customers that have none."""
        rows = urgent_first(findings)
        parts = dict(list(rows.groupby(rows["manager"].map(owner), sort=True))) or {"": rows}
        nobody = texts("without a sales manager")
        files = list_files(findings.snapshot["manager"].unique(), texts)
        return {files[each]: contact_list(part, each or nobody, findings, texts) for each, part in parts.items()}
