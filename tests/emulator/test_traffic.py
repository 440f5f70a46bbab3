import threading

import pytest
import requests

from rfm_service.emulator import faults
from rfm_service.emulator.onec import OnecServer
from rfm_service.emulator.traffic import Traffic
from tests.emulator.asking import posted, small_shop


def test_requests_and_bytes_are_counted_by_path() -> None:
    with OnecServer(small_shop()) as server:
        server.faults.push(faults.cut_unseen(10))
        sizes = [len(posted(server).content) for _ in range(2)]
        requests.get(server.odata_url + "/Catalog_%D0%9F(guid'1')?$format=json", timeout=10)
        requests.get(server.control_url + "stats", timeout=10)
        figures = server.traffic.figures()
    assert sizes[0] == 10
    assert figures["requests"] == 3
    assert figures["by_path"] == {"/erp/hs/rfm/sales": 2, "/erp/odata/standard.odata/Catalog_П(…)": 1}
    assert figures["bytes"] > sum(sizes)


def test_the_most_at_once_is_counted() -> None:
    with OnecServer(small_shop()) as server:
        server.faults.push(faults.slow(0.3).again())
        threads = [threading.Thread(target=posted, args=(server,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert server.traffic.figures()["most_at_once"] == 3


def test_a_request_that_fails_ends_too() -> None:
    traffic = Traffic()
    with pytest.raises(OSError, match="broken"), traffic.request("/a"):
        raise OSError("broken")
    with traffic.request("/a"):
        assert traffic.figures()["most_at_once"] == 1
