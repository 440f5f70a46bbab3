"""A cluster that is dead, empty or hangs fails the night with one alert, and the old report stays; so does a giant."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from rfm_service.domain.values import customer_id
from rfm_service.lake.cluster import BYTES_A_LINE
from tests.engines.dask_cluster import Cluster as Parts
from tests.engines.dask_cluster import kill
from tests.nights.company import Company, sale, shop_of
from tests.programs import free_port

pytest.importorskip("distributed", reason='the engine dask needs `pip install -e ".[dask]"`')
DAY = date(2026, 3, 10)
NEXT = DAY + timedelta(days=1)
PATIENCE_S = 4
pytestmark = pytest.mark.slow


class Cluster(Parts):
    """A scheduler at one address all the time, and workers, each started and ended apart."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.port = free_port()

    def scheduler(self) -> subprocess.Popen[bytes]:
        self.start("dask_scheduler", "--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard")
        return self.parts[-1]

    def worker(self) -> subprocess.Popen[bytes]:
        self.start("dask_worker", f"tcp://127.0.0.1:{self.port}", "--host", "127.0.0.1", "--nthreads", "1",
                   "--no-dashboard", "--memory-limit", f"{self.memory_mb}MB", "--local-directory", str(self.folder))
        return self.parts[-1]


def ended(part: subprocess.Popen[bytes]) -> None:
    """Kill a part of the cluster with all that it started."""
    kill(part.pid)
    part.wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    from rfm_service.dasks.link import LINKS

    made = Cluster(tmp_path)
    try:
        yield made
    finally:
        LINKS.close()
        made.end()


@pytest.fixture
def clustered(firm, cluster: Cluster, tmp_path: Path) -> Company:
    shop = shop_of(*(sale(str(at), DAY - timedelta(days=at % 60), 500 + at, buyer=f"Покупатель {at % 7}")
                     for at in range(60)))
    return firm(shop, publish=f"""[engine]
kind = "dask"
address = "tcp://127.0.0.1:{cluster.port}"
lake = "{tmp_path / 'lines'}"
patience_s = {PATIENCE_S}
deadline_minutes = 0.5
""")


def published(firm: Company) -> dict[str, bytes]:
    return firm.files("latest")


def failed(firm: Company, told: str) -> None:
    """The night of NEXT fails with one alert, and nothing published changes."""
    before, alerts = published(firm), len(firm.told(1001))
    result = firm.night(NEXT)
    assert result.exit_code == 1, result.output
    assert told in result.stderr
    assert "Traceback" not in result.output
    assert published(firm) == before
    [alert] = firm.told(1001)[alerts:]
    assert told in alert


def test_no_scheduler_no_workers_and_a_hanging_one(clustered: Company, cluster: Cluster) -> None:
    scheduler, worker = cluster.scheduler(), cluster.worker()
    good = clustered.good_night(DAY)
    assert len(good) == 7

    ended(worker)
    failed(clustered, "has had no worker")

    worker = cluster.worker()
    scheduler.send_signal(signal.SIGSTOP)
    failed(clustered, "engine.deadline_minutes")
    scheduler.send_signal(signal.SIGCONT)

    ended(scheduler)
    failed(clustered, "scheduler")

    ended(worker)
    cluster.scheduler(), cluster.worker()
    after = clustered.good_night(NEXT)
    assert len(after) == 7
    clustered.publish = '[engine]\nkind = "memory"'
    told = machine_files(clustered)
    clustered.publish = '[engine]\nkind = "memory"'
    clustered.good_night(NEXT)
    assert machine_files(clustered) == told


def machine_files(firm: Company) -> dict[str, bytes]:
    files = firm.files(NEXT.isoformat())
    return {name: files[name] for name in ("customers.csv", "moves.csv")}


def test_a_customer_too_large_for_a_worker_is_named_and_can_be_left_out(clustered: Company, cluster: Cluster) -> None:
    cluster.scheduler(), cluster.worker()
    clustered.good_night(DAY)
    giant, lines = customer_id("Розничный покупатель"), 1_000_000 // BYTES_A_LINE + 1
    clustered.onec.shop.add(*(sale(f"Р{at}", NEXT, 100, buyer="Розничный покупатель") for at in range(lines)))
    clustered.publish += "worker_memory_mb = 1\n"
    failed(clustered, f"The customer {giant} has")
    clustered.rfm = f'exclude_customers = ["{giant}"]'
    assert len(clustered.good_night(NEXT)) == 7
