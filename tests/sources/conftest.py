from __future__ import annotations

import pytest

from rfm_service.sources import onec_http


@pytest.fixture(autouse=True)
def _short_gaps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two tries, a twentieth of a second in place of one."""
    monkeypatch.setattr(onec_http, "FIRST_GAP_S", 0.05)
