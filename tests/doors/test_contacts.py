"""`contacts import`: a file brought in by hand, what is said of it, and its exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from rfm_service import lock
from rfm_service.cli import app
from tests.inbox.filling import fill, ids, mark, marks, olgas
from tests.inbox.folders import Stand, stand

FIRST, SECOND, THIRD = ids(olgas())[:3]
SETTINGS = """
language = "{language}"
[source]
url = "http://127.0.0.1:9/sales"
[ledger]
url = "sqlite:///warehouse.db"
"""


@pytest.fixture
def there(tmp_path: Path) -> Stand:
    made = stand(tmp_path)
    (tmp_path / "settings.toml").write_text(SETTINGS.format(language="en"), encoding="utf-8")
    return made


def brought_in(there: Stand, content: bytes | None, name: str = "olga.xlsx") -> Result:
    """What the command says of a file; where it has content it is written first."""
    folder = there.home.parent
    if content is not None:
        (folder / name).write_bytes(content)
    return CliRunner().invoke(app, ["contacts", "import", str(folder / name), "--settings",
                                    str(folder / "settings.toml")])


def test_a_file_is_kept_once_and_stays_where_it_is(there: Stand) -> None:
    content = fill(olgas(), {2: {"outcome": "Отказ"}, 3: {"note": "ждёт"}})
    done = brought_in(there, content)
    assert (done.exit_code, done.output) == (0, "Rows that count: 2. Rows that do not: 0.\n")
    assert there.contacts() == sorted([(FIRST, "refused"), (SECOND, "")])
    again = brought_in(there, content)
    assert (again.exit_code, len(again.output.splitlines())) == (0, 2)
    assert "was taken before" in again.output
    assert (there.home.parent / "olga.xlsx").read_bytes() == content
    there.put("olga.xlsx", content)
    assert there.collect() == {"files": 1, "known": 1, "done": 1}


def test_what_is_wrong_is_said_by_row(there: Stand) -> None:
    done = brought_in(there, marks(mark("x"), mark(FIRST, "?"), mark(SECOND)), "marks.json")
    assert (done.exit_code, done.output.splitlines()) == (0, [
        "Rows that count: 1. Rows that do not: 2.", "Row 1: No customer has this id.",
        "Row 2: The outcome is none of those that marks have."])


def test_it_is_said_in_the_language_of_the_settings(there: Stand) -> None:
    (there.home.parent / "settings.toml").write_text(SETTINGS.format(language="ru"), encoding="utf-8")
    done = brought_in(there, marks(mark("x"), mark(SECOND)), "marks.json")
    assert done.output.splitlines() == ["Учтено строк: 1. Не учтено: 1.", "Строка 1: Покупателя с таким кодом нет."]


def test_exit_codes_tell_a_file_without_good_rows_from_one_without_any(there: Stand) -> None:
    assert brought_in(there, marks(mark("x"))).exit_code == 1
    nothing = brought_in(there, marks())
    assert (nothing.exit_code, nothing.output) == (0, "No row of it is filled in.\n")


@pytest.mark.parametrize(("name", "content", "why"), [
    ("none.xlsx", None, "There is no file"), ("reports", None, "There is no file"), ("empty.json", b"", "is empty"),
    ("photo.jpg", b"\xff\xd8", "is neither a filled list"), ("half.json", b"{", "or only a part of one")])
def test_what_is_no_such_file_is_one_sentence(there: Stand, name: str, content: bytes | None, why: str) -> None:
    refused = brought_in(there, content, name)
    assert (refused.exit_code, len(refused.stderr.splitlines())) == (1, 1)
    assert why in refused.stderr


def test_row_33_it_waits_for_nobody_who_is_at_work(there: Stand) -> None:
    with lock.held(there.home.parent / "night.lock", "a-night"):
        refused = brought_in(there, marks(mark(THIRD)))
    assert (refused.exit_code, there.contacts()) == (75, [])
    assert "a-night" in refused.stderr
