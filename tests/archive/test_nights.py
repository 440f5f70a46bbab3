"""Which folders are nights of ours: what is not surely one is none."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from rfm_service.publishing.disk import Disk
from rfm_service.publishing.nights import nights_in, told_in
from tests.archive.manifests import manifest

NIGHT = date(2026, 11, 20)
FOREIGN = {
    "nothing": b"", "no JSON": b"\xff\xfe", "a list": b"[]", "too deep": b"[" * 100_000, "another object": b"{}",
    "another day": manifest(date(2026, 11, 21)), "a number for a day": manifest(NIGHT, as_of=5),
    "no rows": manifest(NIGHT, rows=None), "rows in words": manifest(NIGHT, rows={"customers": "many"}),
    "fewer than none": manifest(NIGHT, rows={"moves": -1}),
    "endless money": manifest(NIGHT, totals={"revenue": "1E+999999"}),
    "no money": manifest(NIGHT, totals={"revenue": "NaN"}),
    "a currency of scripts": manifest(NIGHT, totals={"currency": "<b>"}),
    "a lone surrogate": manifest(NIGHT).replace(b'"1"', b'"\\ud800"'),
    "too large": manifest(NIGHT) + b" " * 10_000_000,
}


def put(folder: Path, content: bytes) -> None:
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_bytes(content)


@pytest.mark.parametrize("name", FOREIGN)
def test_a_manifest_that_is_not_ours(tmp_path: Path, name: str) -> None:
    put(tmp_path / NIGHT.isoformat(), FOREIGN[name])
    assert nights_in(Disk(tmp_path)) == {}


@pytest.mark.parametrize("name", ["latest", "20261120", "2026-W47-5", "2026-11-20 copy", ".old-2026-11-20"])
def test_a_folder_of_another_name_is_no_night(tmp_path: Path, name: str) -> None:
    put(tmp_path / name, manifest(NIGHT))
    assert nights_in(Disk(tmp_path)) == {}


def test_links_are_not_followed(tmp_path: Path) -> None:
    put(tmp_path / "elsewhere", manifest(NIGHT))
    place = tmp_path / "place"
    place.mkdir()
    (place / NIGHT.isoformat()).symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    other = place / "2026-11-21"
    other.mkdir()
    (other / "manifest.json").symlink_to(tmp_path / "elsewhere" / "manifest.json")
    assert nights_in(Disk(place)) == {}


def test_what_later_versions_add_is_passed_over(tmp_path: Path) -> None:
    put(tmp_path / NIGHT.isoformat(), manifest(NIGHT, more={}, rows={"contacts": 5}))
    (tmp_path / "2026-11-19").write_bytes(b"a file")
    (tmp_path / "2026-11-18").mkdir()
    assert list(nights_in(Disk(tmp_path))) == [NIGHT]
    told = told_in(Disk(tmp_path), NIGHT.isoformat())
    assert told is not None
    assert (told.rows.customers, str(told.totals.revenue)) == (1200, "1234567.5")
