"""dashboard.html: every customer in one file that filters, sorts and explains, without a server or a network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rfm_service.dashboard.page import page
from rfm_service.domain.findings import Findings
from rfm_service.ports import Texts


@dataclass(frozen=True)
class Renderer:
    """Makes the page, on request locked by a password or without contacts ([report] in the settings)."""

    dashboard_password: str = field(default="", repr=False)
    dashboard_contacts: bool = True

    def render(self, findings: Findings, texts: Texts) -> Mapping[str, bytes]:
        """dashboard.html with all its tabs."""
        return {"dashboard.html": page(findings, texts, password=self.dashboard_password,
                                       contacts=self.dashboard_contacts)}
