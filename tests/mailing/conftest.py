from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.delivering.post import Post, post_in


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    with post_in(tmp_path) as opened:
        yield opened
