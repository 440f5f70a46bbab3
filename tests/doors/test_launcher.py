"""One click: what `init` writes to be double-clicked, and `run --open`."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from rfm_service import launcher
from rfm_service.cli import app
from rfm_service.commands import opening
from tests.doors.clicking import HOSTILE, WINDOWS_HOSTILE, argv, cmd_line, entry
from tests.nights.company import Company, company, sale, shop_of
from tests.programs import program

DAY = date(2026, 6, 10)
RUN = ["-P", "-m", "rfm_service", "run", "--open", "--settings"]
STUB = '#!/bin/sh\nprintf "%s\\n" "$@" > "$0.told"\nexit {code}\n'
NAMES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)
WINDOWS_NAMES = st.text(st.characters(exclude_characters='"<>|?*:/\\', exclude_categories=["Cs", "Cc"]), min_size=1)


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    folder = tmp_path / HOSTILE
    folder.mkdir()
    return folder


def stub(folder: Path, code: int = 0) -> Path:
    """A program that writes down what it was given, at a hostile place."""
    path = folder / "python 3%d$"
    path.write_text(STUB.format(code=code), encoding="utf-8")
    path.chmod(0o755)
    return path


def clicked(content: str, **more: object) -> subprocess.Popen[str]:
    """The Exec line of a desktop entry, run."""
    return subprocess.Popen(argv(entry(content)["Exec"]), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, encoding="utf-8", **more)


# Windows


@given(WINDOWS_NAMES, WINDOWS_NAMES)
def test_s3_27_any_name_passes_cmd(folder: str, name: str) -> None:
    """Of the program, of the folder that it lies in, and of the settings."""
    home = f"C:\\{folder}\\"
    content = launcher.cmd(name, f"{home}python.exe")
    first, *rest = content.split("\r\n")
    assert "\n" not in content.replace("\r\n", "")
    assert (first, rest[:2], rest[3:]) == ("@echo off", ["setlocal DisableDelayedExpansion", "chcp 65001 >nul"], [""])
    assert cmd_line(rest[2], home) == ([f"{home}python.exe", *RUN, f"{home}{name}"], "pause")


def test_s3_27_a_batch_file_is_written_on_windows(tmp_path: Path) -> None:
    (written,) = launcher.write(tmp_path / "settings.toml", "win32", WINDOWS_HOSTILE + "python.exe")
    assert written == tmp_path / "run-now.cmd"
    lines = written.read_bytes().split(b"\r\n")
    assert b"".join(lines[:3]).isascii()
    assert cmd_line(lines[3].decode(), WINDOWS_HOSTILE) == (
        [f"{WINDOWS_HOSTILE}python.exe", *RUN, f"{WINDOWS_HOSTILE}settings.toml"], "pause")


# Elsewhere


@given(NAMES)
def test_s3_27_any_path_passes_a_desktop_entry(path: str) -> None:
    found = entry(launcher.desktop(Path("/srv/settings.toml"), path))
    assert argv(found["Exec"])[3:] == ["rfm-service", path, *RUN, "/srv/settings.toml"]
    assert (found["Type"], found["Terminal"]) == ("Application", "true")
    assert "=" not in argv(found["Exec"])[0]


def test_s3_27_a_click_runs_the_program_and_closes(hostile: Path) -> None:
    program_path = stub(hostile)
    with clicked(launcher.desktop(hostile / "settings.toml", str(program_path))) as run:
        assert run.wait(30) == 0
    told = program_path.with_name(program_path.name + ".told").read_text(encoding="utf-8")
    assert told.splitlines() == [*RUN, str(hostile / "settings.toml")]


def test_s3_27_after_a_failure_the_window_stays_until_it_was_read(hostile: Path) -> None:
    with clicked(launcher.desktop(hostile / "settings.toml", str(stub(hostile, 1)))) as run:
        assert run.stdout is not None
        assert run.stdin is not None
        assert [run.stdout.readline() for _ in range(2)] == ["\n", "[Enter]\n"]
        assert run.poll() is None
        run.stdin.write("\n")
        run.stdin.flush()
        run.wait(30)


def test_s3_27_a_real_desktop_reads_it_alike(hostile: Path) -> None:
    """GLib, on which GNOME and others stand; without a terminal, which there is none of here."""
    told = hostile / "python 3%d$.told"
    content = launcher.desktop(hostile / "settings.toml", str(stub(hostile)))
    path = hostile.parent / "run.desktop"
    path.write_text(content.replace("Terminal=true", "Terminal=false"), encoding="utf-8")
    assert subprocess.run([program("gio", "libglib2.0-bin"), "launch", str(path)], timeout=30).returncode == 0
    until = time.monotonic() + 20
    while time.monotonic() < until and not (told.exists() and told.read_bytes().endswith(b"settings.toml\n")):
        time.sleep(0.05)
    assert told.read_text(encoding="utf-8").splitlines() == [*RUN, str(hostile / "settings.toml")]


def test_s3_27_init_writes_the_one_of_this_system_and_never_touches_it(hostile: Path) -> None:
    path = hostile / "settings.toml"
    first = CliRunner().invoke(app, ["init", "--settings", str(path)])
    assert (first.exit_code, launcher.ELSEWHERE in first.output) == (0, True)
    written = hostile / launcher.ELSEWHERE
    assert os.access(written, os.X_OK)
    assert argv(entry(written.read_text(encoding="utf-8"))["Exec"])[4:] == [sys.executable, *RUN, str(path)]
    written.write_text("mine", encoding="utf-8")
    assert CliRunner().invoke(app, ["init", "--settings", str(path)]).output == ""
    assert written.read_text(encoding="utf-8") == "mine"
    assert not (hostile / launcher.WINDOWS).exists()


def test_s3_27_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(launcher.RfmError, match=r"cannot be written"):
        launcher.write(tmp_path / "gone" / "settings.toml")


# The report


@pytest.fixture
def firm(hostile: Path) -> Iterator[Company]:
    with ExitStack() as stack:
        yield stack.enter_context(company(hostile, shop_of(sale("1", DAY, 500)), renderers='["summary"]',
                                          start=date(2026, 6, 1)))


def browser(folder: Path) -> dict[str, str]:
    """An environment whose browser writes down what it is told to open."""
    path = folder / "browser.sh"
    path.write_text(f'#!/bin/sh\nprintf "%s" "$1" > {folder}/opened\n', encoding="utf-8")
    path.chmod(0o755)
    return {**os.environ, "BROWSER": f"{path} %s"}


def opened(folder: Path) -> Path | None:
    path = folder / "opened"
    return Path(unquote(urlsplit(path.read_text(encoding="utf-8")).path)) if path.exists() else None


@pytest.mark.slow
def test_s3_27_a_click_ends_with_the_report_in_the_browser(firm: Company, tmp_path: Path) -> None:
    settings = firm.settings
    with clicked(launcher.desktop(settings, sys.executable), env=browser(tmp_path), cwd="/") as run:
        said, faults = run.communicate("\n", timeout=120)
    assert run.returncode == 0, said + faults
    page = firm.folder / "reports" / "latest" / "summary.html"
    assert opened(tmp_path) == page
    assert f"Opened: {page}" in said
    assert "[Enter]" not in said


def test_s3_27_a_night_whose_report_waits_opens_nothing_and_says_so(
        firm: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    firm.publish = f"[[publish]]\npath = '{put(tmp_path / 'no share', b'')}/rfm'"
    words = ["run", "--open", "--settings", str(firm.settings), "--as-of", DAY.isoformat()]
    monkeypatch.setitem(os.environ, "BROWSER", browser(tmp_path)["BROWSER"])
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 3, result.output
    assert "There is no report to open" in result.output
    assert opened(tmp_path) is None


def test_s3_27_a_fault_of_the_settings_is_read_in_the_window(hostile: Path) -> None:
    path = hostile / "settings.toml"
    path.write_text('langauge = "ru"\n', encoding="utf-8")
    with clicked(launcher.desktop(path, sys.executable)) as run:
        said, faults = run.communicate("\n", timeout=60)
    assert "did you mean language?" in faults
    assert "[Enter]" in said


def put(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_which_page_of_a_place_is_opened(tmp_path: Path) -> None:
    place = str(tmp_path)
    assert opening.page_of(place, DAY) is None
    latest = put(tmp_path / "latest" / "summary.html", b"old")
    assert opening.page_of(place, DAY) == latest
    own = put(tmp_path / DAY.isoformat() / "summary.html", b"new")
    assert opening.page_of(place, DAY) == own  # latest/ is held open, or of a later night
    latest.write_bytes(b"new")
    assert opening.page_of(place, DAY) == latest
    latest.unlink()
    assert opening.page_of(place, DAY) == own
    for away in ("smb://server/share/rfm", str(tmp_path / "gone"), "\0"):
        assert opening.page_of(away, DAY) is None


def test_an_address_of_a_share_is_one_that_windows_opens() -> None:
    assert opening._windows_address("smb://server/share/rfm reports") == r"\\server\share\rfm reports"
    assert opening._windows_address(r"C:\reports") == r"C:\reports"
