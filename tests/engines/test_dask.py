"""The same answers from a Dask cluster whatever is killed under it; a sentence in bounded time where there is none."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil
import pytest

from rfm_service.dasks.link import LINKS
from rfm_service.dasks.tasks import Answering, Footing, differing, versions
from rfm_service.domain.errors import EngineError, EngineUnavailable
from rfm_service.domain.findings import Trade
from rfm_service.domain.tables import TRADE_LINES
from rfm_service.domain.values import Basis, day_number
from rfm_service.engines.dask import Engine
from rfm_service.engines.memory import Engine as Memory
from rfm_service.lake.folder import Lake
from tests.architecture.reading import ROOT
from tests.engines.dask_cluster import Cluster, cluster, kill, until
from tests.lakes import MARK, MadeFacts, Shop
from tests.rules import ruled

pytestmark = pytest.mark.skipif(find_spec("distributed") is None, reason='pip install "rfm-service[dask]"')
SOAK = "TEST_SOAK" in os.environ
AS_OF = date(2026, 10, 31)
DAYS = 400
LINES = 2_000_000 if SOAK else 400_000
BASIS = Basis(AS_OF, ruled(window_days=DAYS))
TABLES = ("months", "products", "orders", "customer_orders", "baskets", "habits", "activity")
MOMENTS = {
    "reading": lambda tasks: tasks["rfm_read-operation", "processing"] and tasks["rfm_answer", "waiting"],
    "shuffling": lambda tasks: tasks["shuffle-transfer", "memory"] >= 4 and tasks["shuffle-barrier", "waiting"],
    "answering": lambda tasks: tasks["rfm_answer", "processing"] and tasks["shuffle-barrier", "memory"],
}
KILLS = [(moment, nanny) for moment in MOMENTS for nanny in (True, False)]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> MadeFacts:
    return MadeFacts(tmp_path_factory.mktemp("shop"), Shop(LINES, DAYS, day_number(AS_OF))).make()


@pytest.fixture(scope="module")
def expected(shop: MadeFacts) -> Trade:
    return Memory().trade(shop, BASIS, 45)


@pytest.fixture(autouse=True)
def _no_link_is_left() -> Iterator[None]:
    yield
    LINKS.close()


def engine(shop: MadeFacts, running: Cluster | None = None, **more: Any) -> Engine:
    address = running.address if running else ""
    return Engine.model_validate({"lake": str(shop.folder / "lines"), "address": address, "buckets": 24, **more})


def asked(shop: MadeFacts, made: Engine) -> Future[Trade]:
    return ThreadPoolExecutor(1).submit(made.trade, shop, BASIS, 45)


def same(found: Trade, expected: Trade) -> None:
    for name in TABLES:
        assert _bytes(getattr(found, name)) == _bytes(getattr(expected, name)), name
    assert found.gifts == expected.gifts


def _bytes(table: Any) -> bytes:
    import pyarrow as pa

    made = pa.Table.from_pandas(table, preserve_index=True)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, made.schema) as stream:
        stream.write_table(made.combine_chunks())
    return bytes(sink.getvalue())


@pytest.mark.slow
@pytest.mark.parametrize(("moment", "nanny"), KILLS if SOAK else KILLS[::3] + KILLS[4:5])
def test_a_worker_killed_in_the_middle_changes_nothing(shop: MadeFacts, expected: Trade, tmp_path: Path, moment: str,
                                                       nanny: bool) -> None:
    with cluster(tmp_path, nanny=nanny) as running:
        answer = asked(shop, engine(shop, running))
        until(lambda: MOMENTS[moment](running.tasks()))
        victim = running.workers[0]
        assert not answer.done()
        kill(victim.pid)
        same(answer.result(timeout=120), expected)
        assert len(until(lambda: running.workers)) == (2 if nanny else 1)
        assert victim.pid not in [each.pid for each in running.workers]


@pytest.mark.slow
def test_a_scheduler_killed_in_the_middle_is_told_of_at_once(shop: MadeFacts, tmp_path: Path) -> None:
    with cluster(tmp_path) as running:
        answer = asked(shop, engine(shop, running, patience_s=10))
        until(lambda: MOMENTS["shuffling"](running.tasks()))
        kill(running.parts[0].pid)
        begun = time.monotonic()
        with pytest.raises(EngineUnavailable, match="ended in the middle") as told:
            answer.result(timeout=60)
        assert time.monotonic() - begun < 15
        assert told.value.values["place"] == running.address
        with pytest.raises(EngineUnavailable, match="No Dask scheduler answers"):
            engine(shop, running).trade(shop, BASIS, 45)


@pytest.mark.slow
def test_without_any_worker_left_it_gives_up_after_its_patience(shop: MadeFacts, tmp_path: Path) -> None:
    with cluster(tmp_path, nanny=False) as running:
        answer = asked(shop, engine(shop, running, patience_s=4))
        until(lambda: MOMENTS["reading"](running.tasks()))
        for worker in running.parts[1:]:
            kill(worker.pid)
        begun = time.monotonic()
        with pytest.raises(EngineUnavailable, match="For 4 seconds the Dask cluster"):
            answer.result(timeout=60)
        assert 3 < time.monotonic() - begun < 15
        with pytest.raises(EngineUnavailable, match="For 4 seconds"):
            engine(shop, running, patience_s=4).reached()


@pytest.mark.slow
def test_a_scheduler_that_stands_still_is_given_up_too(shop: MadeFacts, tmp_path: Path) -> None:
    with cluster(tmp_path) as running:
        answer = asked(shop, engine(shop, running, patience_s=2))
        until(lambda: MOMENTS["reading"](running.tasks()))
        running.parts[0].send_signal(signal.SIGSTOP)
        with pytest.raises(EngineUnavailable, match=r"For 2 seconds|ended in the middle"):
            answer.result(timeout=30)
        running.parts[0].send_signal(signal.SIGCONT)


@pytest.mark.slow
def test_past_the_deadline_nothing_goes_on(shop: MadeFacts, tmp_path: Path) -> None:
    with cluster(tmp_path) as running:
        engine(shop, running).reached()
        with pytest.raises(EngineUnavailable, match="did not end within"):
            engine(shop, running, deadline_minutes=0.02).trade(shop, BASIS, 45)
        until(lambda: not sum(running.tasks().values()), limit_s=20)


@pytest.mark.slow
def test_a_customer_with_more_lines_than_a_worker_holds_is_named(tmp_path: Path) -> None:
    facts = MadeFacts(tmp_path, Shop(1000, 10, day_number(AS_OF), heaviest=200_000)).make(by_customer=False)
    heavy = facts.heaviest(frozenset())
    with pytest.raises(EngineError, match=f"The customer {heavy.customer_id} has {heavy.lines} sale lines") as told:
        engine(facts, workers=1, worker_memory_mb=100).trade(facts, BASIS, 45)
    assert told.value.permanent


@pytest.mark.slow
@pytest.mark.parametrize("off", ["pause", "terminate"])
def test_a_part_that_no_worker_holds_is_told_of(tmp_path: Path, off: str) -> None:
    """Whether it ends them or they stand still: the limit is the cluster's, and the settings claim more than it has."""
    facts = MadeFacts(tmp_path / "shop", Shop(600_000, 40, day_number(AS_OF))).make(by_customer=False)
    with cluster(tmp_path, memory_mb=240, count=1, off=(off,)) as running:
        made = engine(facts, running, worker_memory_mb=4000, buckets=1, patience_s=20)
        with pytest.raises(EngineError, match="ended or stood still over the same part") as told:
            made.trade(facts, BASIS, 45)
    assert told.value.permanent
    assert told.value.values["customer_id"] == facts.heaviest(frozenset()).customer_id


@pytest.mark.slow
def test_more_than_a_worker_holds_passes(tmp_path: Path, measured: Any) -> None:
    """Four times as much in a soak; the limit is kept by the nanny, which would end the worker above it."""
    limit, lines, times = (400, 24_700_000, 4) if SOAK else (400, 6_200_000, 1)
    facts = MadeFacts(tmp_path, Shop(lines, 365, day_number(AS_OF))).make(by_customer=False)
    made = engine(facts, workers=1, worker_memory_mb=limit, buckets=lines // 100_000)
    row = sum(np.dtype(kind).itemsize for kind in TRADE_LINES.values()) + 2 * 8  # with its index and its part
    assert lines * row > times * limit * 1_000_000
    found = made.trade(facts, BASIS, 45)
    link, = LINKS.held.values()
    assert link.look().memory_mb == limit
    assert len(found.customer_orders) > lines // 8
    measured(f"{lines * row / 1e6:.0f} MB of lines through a worker with {limit} MB")


ENDING = """
import os, sys, threading
from datetime import date
from rfm_service.domain.errors import EngineError
from rfm_service.engines.dask import Engine
from rfm_service.dasks.link import LINKS
if __name__ == "__main__":
    engine = Engine(lake=sys.argv[1], address=sys.argv[2], workers=2, worker_memory_mb=500, patience_s=3)
    print(engine.reached().good, flush=True)
    for link in LINKS.held.values():
        if link.cluster:
            print(*[nanny.pid for nanny in link.cluster.workers.values()], flush=True)
    sys.stdin.readline()
    try:
        engine.reached()
    except EngineError as error:
        print(type(error).__name__, flush=True)
"""


def script(tmp_path: Path, address: str = "") -> subprocess.Popen[str]:
    path = tmp_path / "ending.py"
    path.write_text(ENDING, encoding="utf-8")
    return subprocess.Popen([sys.executable, str(path), str(tmp_path / "lines"), address], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
                            env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)})


@pytest.mark.slow
def test_a_process_whose_cluster_is_dead_ends_within_seconds_and_without_a_word(tmp_path: Path) -> None:
    with cluster(tmp_path) as running, script(tmp_path, running.address) as night:
        assert night.stdout is not None
        assert night.stdout.readline() == "True\n"
        for part in running.parts:
            kill(part.pid)
        begun = time.monotonic()
        told, noise = night.communicate("\n", timeout=60)
        assert time.monotonic() - begun < 20
    assert told == "EngineUnavailable\n"
    assert (noise, night.returncode) == ("", 0)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["it ends", "its workers are killed", "it is killed"])
def test_the_workers_of_this_machine_end_with_the_process(tmp_path: Path, how: str) -> None:
    with script(tmp_path) as night:
        assert night.stdout is not None
        assert night.stdout.readline() == "True\n"
        workers = [psutil.Process(int(pid)) for pid in night.stdout.readline().split()]
        assert len(workers) == 2
        if how == "its workers are killed":
            for worker in workers:
                worker.kill()
        if how == "it is killed":
            night.kill()
        _, noise = night.communicate("\n", timeout=30)
    until(lambda: not any(worker.is_running() for worker in workers), limit_s=5)
    # After a SIGKILL Python itself counts semaphores.
    assert "Traceback" not in noise
    assert noise == "" or how == "it is killed", noise
    left = list(tmp_path.glob("rfm-service-dask-*"))
    assert bool(left) == (how == "it is killed")


@pytest.mark.slow
def test_what_a_killed_night_left_is_removed_by_the_next_one(tmp_path: Path, shop: MadeFacts) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left, ours = (tmp_path / f"rfm-service-dask-{pid}-x" for pid in (gone.pid, os.getpid()))
    left.mkdir()
    ours.mkdir()
    remark = engine(shop, workers=1, worker_memory_mb=500, scratch=str(tmp_path)).reached()
    assert remark.good
    assert "1 workers" in str(remark)
    assert "500 MB" in str(remark)
    assert (left.exists(), ours.exists()) == (False, True)


@pytest.mark.slow
def test_a_worker_that_sees_other_files_is_told_of(shop: MadeFacts) -> None:
    """Files in the memory of this process, of which another one has its own."""
    mine = Lake("memory://lines")
    mine.write(day_number(AS_OF), shop.lake.read(shop.lake.days()[day_number(AS_OF)]))
    mine.put_mark(MARK)
    with pytest.raises(EngineError, match="does not see the files of sale lines in memory://lines") as told:
        engine(shop, lake="memory://lines", workers=1, worker_memory_mb=500).trade(shop, BASIS, 45)
    assert told.value.permanent


@pytest.mark.slow
def test_other_versions_on_the_workers_are_named(shop: MadeFacts, tmp_path: Path) -> None:
    other = tmp_path / "pandas-2.0.0.dist-info"
    other.mkdir()
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: pandas\nVersion: 2.0.0\n", encoding="utf-8")
    with (cluster(tmp_path, count=1, path=f"{tmp_path}{os.pathsep}{ROOT}") as running,
          pytest.raises(EngineError, match=r"pandas 2\.0\.0") as told):
        engine(shop, running).trade(shop, BASIS, 45)
    assert told.value.permanent


@pytest.mark.slow
def test_other_code_of_the_same_version_is_refused_by_the_task(shop: MadeFacts) -> None:
    made = engine(shop, workers=1, worker_memory_mb=500)
    made.reached()
    link, = LINKS.held.values()
    footing = Footing("x", {**versions(), "code": "other"}, shop.lake, MARK)
    with pytest.raises(EngineError, match="has other versions than this one"):
        link.client.submit(Answering(footing, len), pd.DataFrame()).result()


@pytest.mark.slow
def test_a_missing_scheduler_is_a_sentence() -> None:
    with pytest.raises(EngineUnavailable, match="No Dask scheduler answers"):
        Engine(address="tcp://127.0.0.1:9").reached()


def test_what_differs_is_named_and_what_does_not_is_not() -> None:
    here = versions()
    assert differing(here, here) == ""
    assert differing({**here, "pandas": "2.0", "pyarrow": ""}, here) == (
        f"pandas 2.0 ({here['pandas']}), pyarrow - ({here['pyarrow']})")


def test_without_the_packages_it_says_how_to_install_them() -> None:
    """The default install has none of them; nothing but a question to this engine asks for them."""
    code = ("import sys; sys.modules.update(dask=None, distributed=None)\n"
            "from rfm_service.engines.dask import Engine\n"
            "try:\n    Engine().reached()\nexcept Exception as error:\n    print(type(error).__name__, error)")
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", cwd=ROOT, timeout=60)
    assert told.stdout.startswith("EngineError The engine dask needs packages that are not installed: dask.")
    assert 'pip install "rfm-service[dask]"' in told.stdout
