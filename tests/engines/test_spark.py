"""Spark under kills, without servers, workers or memory: the same figures, or a sentence in bounded time."""

from __future__ import annotations

import contextlib
import os
import signal
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pandas as pd
import psutil
import pytest

from rfm_service.analysis.questions import Question, summary_of
from rfm_service.domain.errors import EngineError, EngineUnavailable
from rfm_service.domain.stored import Mark
from rfm_service.domain.values import Basis
from rfm_service.engines import spark
from rfm_service.engines.memory import Engine as Memory
from rfm_service.engines.spark import Engine
from rfm_service.lake.cluster import Errand
from rfm_service.lake.selection import Selection
from rfm_service.sparks import session as sessions
from tests.engines.sparks import Sparks, sparks
from tests.engines.stored import AS_OF, StoredFacts, sold
from tests.rules import ruled

pytestmark = pytest.mark.slow
BASIS = Basis(AS_OF, ruled())
SOAK = bool(os.environ.get("TEST_SOAK"))
PARTS = 10
LIMIT_MB, BALLAST = 2000, 150_000
MOMENTS = {"while files are read": 0, "at the first part": 1, "at the last parts": 7}
PROGRESS = {"spark.connect.progress.reportInterval": "100ms"}


@pytest.fixture(scope="module")
def facts() -> StoredFacts:
    return StoredFacts(sold(60_000, 3_000, days=300))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sparks]:
    with sparks(tmp_path_factory.mktemp("cluster"), settings=PROGRESS) as started:
        try:
            yield started
        finally:
            sessions.leave(started.address, "")


@pytest.fixture(scope="module")
def engine(cluster: Sparks, facts: StoredFacts, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """An engine whose files are written and whose workers are warm."""
    made = Engine(address=cluster.address, lake=str(tmp_path_factory.mktemp("lake")), buckets=PARTS)
    made.summarise(facts, BASIS)
    return made


@pytest.fixture(autouse=True)
def _serving(cluster: Sparks) -> None:
    """What a test before has killed is there again."""
    for number in range(cluster.workers):
        cluster.start_worker(number)
    cluster.serve(PROGRESS)


def slow(question: Question[Any], marks: Path) -> Question[Any]:
    """The same question, of which every part leaves a mark and takes its time."""
    of_lines = question.of_lines
    folder = str(marks)

    def marked(lines: pd.DataFrame) -> Any:
        Path(folder, f"{os.getpid()}-{uuid.uuid4().hex}").touch()
        time.sleep(0.4)
        return of_lines(lines)

    return replace(question, of_lines=marked)


class Asking(Thread):
    """A question under way in a thread of its own."""

    def __init__(self, engine: Engine, facts: StoredFacts, question: Question[Any]) -> None:
        super().__init__(daemon=True)
        self.ask: Callable[[], Any] = lambda: engine.answer(facts, question)
        self.answer: Any = None
        self.error: Exception | None = None
        self.start()

    def run(self) -> None:
        try:
            self.answer = self.ask()
        except Exception as error:
            self.error = error


def until(met: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.01)


def marks_in(folder: Path) -> int:
    return sum(1 for _ in folder.iterdir())


def kill_executor(cluster: Sparks, marks: Path) -> psutil.Process:
    """SIGKILL of the executor that is at the newest part, or of any, and of its Python."""
    newest = max((path.name for path in marks.iterdir()), key=lambda name: (marks / name).stat().st_mtime, default="-")
    at_work = newest.partition("-")[0]
    executor = max(cluster.executors(), key=lambda each: at_work in (
        str(child.pid) for child in each.children(recursive=True)))
    for each in [executor, *executor.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            each.send_signal(signal.SIGKILL)
    return executor


def same_bytes(one: pd.DataFrame, other: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(one, other)
    assert all(one[name].to_numpy().tobytes() == other[name].to_numpy().tobytes() for name in one)


def server_of(engine: Engine) -> Any:
    return engine._server().session


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("turn", range(4 if SOAK else 1))
def test_a_killed_executor_changes_no_figure(cluster: Sparks, engine: Engine, facts: StoredFacts, tmp_path: Path,
                                             moment: str, turn: int, measured: Callable[[str], None]) -> None:
    until(lambda: len(cluster.executors()) == 2)
    wanted, begun = MOMENTS[moment], Event()
    session = server_of(engine)

    def progress(stages: Any, inflight_tasks: int, operation_id: str, done: bool) -> None:
        if inflight_tasks:
            begun.set()

    session.registerProgressHandler(progress)
    try:
        asking = Asking(engine, facts, slow(summary_of(BASIS), tmp_path))
        until(begun.is_set if not wanted else lambda: marks_in(tmp_path) >= wanted)
        at, killed = marks_in(tmp_path), kill_executor(cluster, tmp_path)
        assert at <= max(0, wanted + 1)
        assert asking.is_alive()
        asking.join(120)
    finally:
        session.removeProgressHandler(progress)
    assert asking.error is None
    assert killed.pid not in [each.pid for each in cluster.executors()]
    same_bytes(asking.answer, Memory().summarise(facts, BASIS))
    assert not at or marks_in(tmp_path) > PARTS
    measured(f"{moment}: killed after {at} of {PARTS} parts had begun, which began {marks_in(tmp_path)} times in all")


def test_a_server_that_dies_in_the_middle_is_told_in_bounded_time(
        cluster: Sparks, engine: Engine, facts: StoredFacts, tmp_path: Path, measured: Callable[[str], None]) -> None:
    asking = Asking(engine, facts, slow(summary_of(BASIS), tmp_path))
    until(lambda: marks_in(tmp_path) > 0)
    begun = time.monotonic()
    cluster.kill("server")
    assert marks_in(tmp_path) < PARTS
    asking.join(90)
    taken = time.monotonic() - begun
    assert isinstance(asking.error, EngineUnavailable)
    assert "ceased" in str(asking.error)
    assert not sessions.OPEN
    measured(f"told {taken:.0f} s after the Connect server was killed")
    cluster.serve(PROGRESS)
    same_bytes(engine.summarise(facts, BASIS), Memory().summarise(facts, BASIS))


def test_executors_that_are_all_gone_end_a_question_at_its_deadline(
        cluster: Sparks, engine: Engine, facts: StoredFacts, tmp_path: Path) -> None:
    engine.reached()
    short = engine.model_copy(update={"deadline_minutes": 0.15})
    asking = Asking(short, facts, slow(summary_of(BASIS), tmp_path))
    until(lambda: marks_in(tmp_path) > 0)
    for number in range(cluster.workers):
        cluster.kill(f"worker-{number}")
    assert marks_in(tmp_path) < PARTS
    asking.join(45)
    assert isinstance(asking.error, EngineUnavailable)
    assert "0.15 minutes" in str(asking.error)
    with pytest.raises(EngineUnavailable, match="No worker of Spark"):
        short.reached()
    for number in range(cluster.workers):
        cluster.start_worker(number)
    same_bytes(engine.purchases(facts, BASIS), Memory().purchases(facts, BASIS))


def test_a_session_that_the_server_forgot_is_opened_anew(engine: Engine, facts: StoredFacts) -> None:
    engine.reached()
    server_of(engine).client.release_session()
    same_bytes(engine.summarise(facts, BASIS), Memory().summarise(facts, BASIS))


def test_a_file_that_spark_does_not_see_is_told(engine: Engine, facts: StoredFacts) -> None:
    question, lake = summary_of(BASIS), engine.files
    seen = lake.within(question.view.period)
    errand = Errand(lake, [*seen, seen[0].replace("day=", "day=9")], Selection(
        question.table, question.view, facts.leaving_out(frozenset())), question.of_lines, 2)
    with pytest.raises(EngineError, match="does not find the files") as told:
        engine.carried_out(errand)
    assert told.value.permanent


def test_files_of_another_state_under_the_same_path_are_told(engine: Engine, facts: StoredFacts) -> None:
    """The workers of a night see a mark of another state than the night, which began before it was written."""
    question, lake, mark = summary_of(BASIS), engine.files, facts.newest()
    selection = Selection(question.table, question.view, facts.leaving_out(frozenset()))
    errand = Errand(lake, lake.within(question.view.period), selection, question.of_lines, 2)
    lake.put_mark(Mark(mark.ingest - 1, mark.run))
    asked = spark._asked(server_of(engine), errand)
    lake.put_mark(mark)
    with pytest.raises(EngineError, match="does not find the files"), sessions.met(engine.address, lake):
        asked.toLocalIterator().__next__()


def test_what_fails_on_a_worker_is_told_without_a_line_of_it(engine: Engine, facts: StoredFacts) -> None:
    def failing(lines: pd.DataFrame) -> Any:
        raise ValueError(f"customer {lines['customer_no'].iloc[0]} canary")

    with pytest.raises(EngineError, match="could not do the work") as told:
        engine.answer(facts, replace(summary_of(BASIS), of_lines=failing))
    assert "canary" not in str(told.value)
    assert told.value.__cause__ is None


def test_a_customer_that_no_worker_holds_is_named(engine: Engine, facts: StoredFacts) -> None:
    named = facts.heaviest(frozenset()).customer_id
    heavy = StoredFacts(pd.concat([facts.frame] * 2, ignore_index=True).sort_values("day", ignore_index=True))
    heavy.frame.loc[:9_999, "customer_no"] = int(named.removeprefix("customer-"))
    with pytest.raises(EngineError, match=f"The customer {named} has 1") as told:
        engine.model_copy(update={"worker_memory_mb": 2}).summarise(heavy, BASIS)
    assert told.value.permanent


def test_the_memory_of_a_worker_is_that_which_the_server_tells(engine: Engine) -> None:
    assert engine.told_memory_mb() == 1024 * 1024 * 1024 // 1_000_000


def heavy(question: Question[Any]) -> Question[Any]:
    """The same question at BALLAST bytes a line more."""
    of_lines, ballast = question.of_lines, BALLAST

    def weighed(lines: pd.DataFrame) -> Any:
        import numpy as np

        held = np.ones(len(lines) * ballast, dtype=np.int8)
        return of_lines(lines.iloc[:len(held) // ballast])

    return replace(question, of_lines=weighed)


def test_four_times_the_memory_of_a_worker_pass(cluster: Sparks, facts: StoredFacts, tmp_path: Path,
                                                measured: Callable[[str], None]) -> None:
    """The limit is real: in parts of a quarter of the lines the same does not pass."""
    needed_mb = len(facts.frame) * BALLAST // 1_000_000
    assert needed_mb >= 4 * LIMIT_MB
    cluster.serve({**PROGRESS, "spark.executor.pyspark.memory": f"{LIMIT_MB}m"})
    cut = Engine(address=cluster.address, lake=str(tmp_path / "lake"), buckets=60)
    assert cut.told_memory_mb() == LIMIT_MB * 1024 * 1024 // 1_000_000
    same_bytes(cut.answer(facts, heavy(summary_of(BASIS))), Memory().summarise(facts, BASIS))
    with pytest.raises(EngineError, match="ran out of memory"):
        cut.model_copy(update={"buckets": 3}).answer(facts, heavy(summary_of(BASIS)))
    measured(f"{needed_mb} MB were asked of workers of {LIMIT_MB} MB, and passed in 60 parts, not in 3")
