"""managers/*.xlsx: a list for each sales manager, of the customers that are his, with columns to fill.

Who is not to be contacted is on none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rfm_service.domain.findings import Findings
from rfm_service.domain.values import clean_name
from rfm_service.ports import Texts
from rfm_service.sheets.contacts import contact_list, urgent_first
from rfm_service.sheets.slugs import latin, slugs
from rfm_service.texts.plain import plain


@dataclass(frozen=True)
class Renderer:
    """Makes the lists; they name customers, so no chat is sent them."""

    def render(self, findings: Findings, texts: Texts) -> Mapping[str, bytes]:
        """managers/<slug>.xlsx for each sales manager, and one for the customers that have none."""
        every = urgent_first(findings)
        rows = every[~every["do_not_contact"]]
        owners = rows["manager"].map(lambda name: clean_name(plain(name)))
        parts = dict(list(rows.groupby(owners, sort=True))) or {"": rows}
        named, nobody = slugs([owner for owner in parts if owner]), texts("without a sales manager")
        files = {owner: f"managers/{named[owner] if owner else latin(nobody) or 'nobody'}.xlsx" for owner in parts}
        return {file: contact_list(parts[owner], owner or nobody, findings, texts) for owner, file in files.items()}
