from base64 import b64encode

import pytest
import requests

from rfm_service.emulator.onec import OnecServer
from tests.emulator.asking import posted, small_shop

USER, PASSWORD = "Администратор", "пароль: 1С"


def basic(encoding: str) -> bytes:
    return b"Basic " + b64encode(f"{USER}:{PASSWORD}".encode(encoding))


@pytest.mark.parametrize(("header", "status"), [
    (basic("utf-8"), 200), (basic("cp1251"), 401), (b"Bearer x", 401), ("ключ".encode(), 200)])
def test_row_08_both_protocols_take_the_token_or_the_user_in_utf8(header: bytes, status: int) -> None:
    with OnecServer(small_shop(), token="ключ", user=USER, password=PASSWORD) as server:
        assert posted(server, headers={"Authorization": header}).status_code == status
        root = server.odata_url + "/?$format=json"
        assert requests.get(root, headers={"Authorization": header}, timeout=10).status_code == status
        assert requests.get(root, timeout=10).headers["WWW-Authenticate"] == 'Basic realm="1C"'


def test_a_server_without_a_token_or_a_user_takes_everybody() -> None:
    with OnecServer(small_shop()) as server:
        assert posted(server, headers={"Authorization": b"anything"}).status_code == 200
