"""What the engine for Spark is told and tells, without a Spark."""

from __future__ import annotations

import pickle
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from rfm_service.domain.errors import EngineError, EngineUnavailable
from rfm_service.engines.spark import Engine, _bytes, _path
from rfm_service.sparks import tasks
from rfm_service.sparks.session import meant
from tests.architecture.reading import ROOT
from tests.engines.sparks import spark_home
from tests.programs import free_port

ADDRESS = "sc://spark.example.com:15002"


class Told(Exception):
    """An error as Spark's client raises it."""

    def __init__(self, text: str, code: str) -> None:
        super().__init__(text)
        self.code = code

    def getGrpcStatusCode(self) -> SimpleNamespace:
        return SimpleNamespace(name=self.code)

    def getCondition(self) -> str | None:
        return None


@pytest.mark.parametrize("address", [ADDRESS, "sc://h", "sc://10.0.0.7:1", "sc://[::1]:15002", "sc://h:1/;use_ssl=true"])
def test_an_address_of_a_connect_server_is_taken(address: str) -> None:
    assert Engine(address=address).address == address


@pytest.mark.parametrize("address", [
    "", "h:15002", "spark://h:7077", "local[2]", "sc://", "sc://h:x", "sc://h/;token=canary", "sc://u:p@h:1", "sc://h\n"])
def test_another_address_is_refused(address: str) -> None:
    with pytest.raises(ValidationError, match="must be the address of a Spark Connect server"):
        Engine(address=address)


def test_a_token_is_not_shown() -> None:
    assert "canary" not in repr(Engine(address=ADDRESS, token="canary"))


@pytest.mark.parametrize(("text", "code", "said", "permanent"), [
    ("failed to connect to all addresses", "UNAVAILABLE", "does not answer", False),
    ("[INVALID_HANDLE.SESSION_NOT_FOUND] The handle", "INTERNAL", "does not answer", False),
    ("Deadline Exceeded", "DEADLINE_EXCEEDED", "does not answer", False),
    ("Invalid authentication token", "UNAUTHENTICATED", "engine.token", True),
    ("[PATH_NOT_FOUND] Path does not exist: file:/x", "INTERNAL", "does not find the files", True),
    ("[FAILED_READ_FILE.FILE_NOT_EXIST] Encountered error", "INTERNAL", "does not find the files", True),
    ("No FileSystem for scheme \"smb\"", "INTERNAL", "does not find the files", True),
    ("MemoryError canary", "INTERNAL", "ran out of memory", True),
    ("Python worker exited unexpectedly (crashed)", "INTERNAL", "ran out of memory", True),
    ("[PYTHON_VERSION_MISMATCH] Python in worker has different version: 3.9 than that in driver: 3.11", "INTERNAL",
     r"Python 3\.9 \(", True),
    ("ModuleNotFoundError: No module named 'pandas'", "INTERNAL", r"pandas - \(", True),
    ("ValueError: customer canary", "INTERNAL", "could not do the work: INTERNAL", True)])
def test_a_fault_is_a_sentence_without_the_words_of_a_worker(text: str, code: str, said: str,
                                                             permanent: bool) -> None:
    error = meant(Told(text, code), ADDRESS, "/lake")
    assert re.search(said, str(error))
    assert error.permanent is permanent
    assert isinstance(error, EngineUnavailable) is not permanent
    assert "canary" not in str(error)


@pytest.mark.parametrize("asked", [lambda engine: engine.told_memory_mb(), lambda engine: engine.reached()])
def test_packages_that_are_not_installed_are_named(monkeypatch: pytest.MonkeyPatch,
                                                   asked: Callable[[Engine], object]) -> None:
    for name in ("pyspark", "pyspark.sql.connect.client", "grpc"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(EngineError, match=r"rfm-service\[spark\]") as told:
        asked(Engine(address=ADDRESS))
    assert told.value.permanent


@pytest.mark.slow
def test_no_server_is_told_in_bounded_time(measured: Callable[[str], None]) -> None:
    spark_home()
    begun = time.monotonic()
    with pytest.raises(EngineUnavailable, match="does not answer"):
        Engine(address=f"sc://127.0.0.1:{free_port()}").reached()
    taken = time.monotonic() - begun
    assert taken < 60
    measured(f"told {taken:.0f} s after the first try that no server is there")


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=6), st.integers(1, 9), st.randoms(use_true_random=False))
def test_answers_in_pieces_are_joined_whatever_their_order(answers: list[bytes], largest: int,
                                                           draw: random.Random) -> None:
    with pytest.MonkeyPatch.context() as turned:
        turned.setattr(tasks, "LARGEST_PIECE", largest)
        rows = [tuple(row.values()) for part, answer in enumerate(answers)
                for row in tasks.cut(part, pickle.dumps(answer)).to_pylist()]
    draw.shuffle(rows)
    assert max(len(row[3]) for row in rows) <= largest
    assert sorted(tasks.joined(rows)) == sorted(answers)
    with pytest.raises(EOFError, match="in part"):
        list(tasks.joined(rows[1:] if rows[0][2] > 1 else [(0, 0, 2, b"")]))


@pytest.mark.parametrize(("size", "count"), [("512m", 512 << 20), ("2g", 2 << 30), ("1024", 1024 << 20),
                                             ("4GB", 4 << 30), (None, 0), ("much", 0)])
def test_a_size_as_spark_writes_it(size: str | None, count: int) -> None:
    assert _bytes(size, "m") == count


@pytest.mark.parametrize(("url", "path"), [("file:///a [1]/b*.parquet", r"file:///a \[1\]/b\*.parquet"),
                                           ("s3://bucket/a", "s3a://bucket/a"),
                                           ("file://C:/lines/a", "file:///C:/lines/a"), ("hdfs://n:1/a", "hdfs://n:1/a")])
def test_a_file_in_the_words_of_spark(url: str, path: str) -> None:
    assert _path(url) == path


@pytest.mark.slow
def test_a_program_given_as_text_can_use_spark() -> None:
    pytest.importorskip("pyspark.sql.connect.proto", reason='pip install "rfm-service[spark]"')
    program = ("from rfm_service.domain.errors import EngineError\n"
               "from rfm_service.engines.spark import Engine\n"
               "try:\n    Engine(address='sc://127.0.0.1:9').reached()\n"
               "except EngineError as error:\n    print(error)")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", cwd=ROOT)
    assert "Spark at sc://127.0.0.1:9 does not answer" in done.stdout
    assert done.stderr == ""
