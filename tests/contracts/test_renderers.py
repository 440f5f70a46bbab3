"""What the port of renderers promises: the same files for the same findings, below the night's folder."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import PurePosixPath, PureWindowsPath

import pytest

from rfm_service import wiring
from rfm_service.domain.findings import Findings
from rfm_service.texts.catalogue import Catalogue
from tests.architecture.reading import ROOT
from tests.contracts.sockets import plug
from tests.renderers.findings import make_findings

KINDS = wiring.kinds("renderers")
SIZES = {"nobody": 0, "some": 40}
CASES = [(kind, size) for kind in KINDS for size in SIZES]
IN_REVERSE = """
import json
from tests.contracts.test_renderers import CASES, hashes
print(json.dumps({"-".join(case): hashes(*case) for case in reversed(CASES)}))
"""


TEXTS = Catalogue("ru", "RUB")


@cache
def found(size: str) -> Findings:
    """The same findings for all renderers, as in a night: they draw each chart once."""
    return make_findings(SIZES[size], hostile=True)


@cache
def rendered(kind: str, size: str) -> Mapping[str, bytes]:
    files: Mapping[str, bytes] = plug("renderers", kind)().render(found(size), TEXTS)
    return files


def hashes(kind: str, size: str) -> dict[str, str]:
    return {name: hashlib.sha256(content).hexdigest() for name, content in rendered(kind, size).items()}


def below(name: str) -> bool:
    """Whether a path lies below the folder that it is put into, on any system."""
    posix, windows = PurePosixPath(name), PureWindowsPath(name)
    return (str(posix) == name and "\\" not in name and not posix.is_absolute() and not windows.anchor
            and not {"..", "."} & set(posix.parts) and not windows.is_reserved())


@pytest.fixture(scope="module")
def elsewhere() -> dict[str, dict[str, str]]:
    """The hashes of all files, made in another order by another process in another zone and language."""
    done = subprocess.run([sys.executable, "-c", IN_REVERSE], cwd=ROOT, capture_output=True, encoding="utf-8",
                          env={**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Kathmandu", "LC_ALL": "C"}, timeout=120)
    assert done.returncode == 0, done.stderr
    found: dict[str, dict[str, str]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(("kind", "size"), CASES)
def test_files_lie_below_the_folder_and_say_something(kind: str, size: str) -> None:
    files = rendered(kind, size)
    assert files
    assert all(isinstance(content, bytes) and content for content in files.values())
    assert [name for name in files if not below(name)] == []
    assert "manifest.json" not in files


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "size"), CASES)
def test_the_same_findings_give_the_same_bytes(kind: str, size: str, elsewhere: dict[str, dict[str, str]]) -> None:
    assert hashes(kind, size) == elsewhere[f"{kind}-{size}"]


@pytest.mark.parametrize("kind", KINDS)
def test_once_more_in_the_same_process(kind: str) -> None:
    anew = make_findings(SIZES["nobody"], hostile=True)
    assert plug("renderers", kind)().render(anew, TEXTS) == rendered(kind, "nobody")


def test_no_two_renderers_write_the_same_file() -> None:
    names = [name for kind in KINDS for name in rendered(kind, "some")]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", ["/a", "../a", "a/../b", "a\\b", "C:/a", "a//b", "./a", "aux.png"])
def test_the_check_of_paths_bites(name: str) -> None:
    assert not below(name)
