"""Whom a caller trusts: certificates of the company, and a proxy, that settings name and nobody else does."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import trustme

from rfm_service.domain.errors import SourceError, SourceRefused, SourceUnavailable
from rfm_service.emulator.http_server import Answer, LocalServer
from rfm_service.onec.caller import Caller, Request
from rfm_service.onec.reply import Reply
from tests.onec.replies import Script

GOOD = Answer(body=b"[]")

@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def bundle(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The file of the company's authority."""
    path = tmp_path_factory.mktemp("authority") / "company-ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def failed(url: str, **settings: Any) -> SourceError:
    with pytest.raises(SourceError) as failure:
        read_from(url, **settings)
    return failure.value


@contextmanager
def encrypted(authority: trustme.CA) -> Iterator[str]:
    """An HTTPS server with a certificate that only this authority has signed."""
    server = LocalServer(Script(GOOD))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server._server.socket = context.wrap_socket(server._server.socket, server_side=True)
    with server:
        yield server.base_url.replace("http://127.0.0.1", "https://localhost")


def read_from(url: str, **settings: Any) -> bytes:
    caller = Caller(**{"url": url, "deadline_minutes": 0.02, "gap_s": 0.02, **settings})
    return caller.read(Request("GET", url), Reply.body)


def test_row_35_only_the_authority_of_the_company_makes_its_certificate_good(authority: trustme.CA, bundle: str
                                                                           ) -> None:
    with encrypted(authority) as url:
        error = failed(url)
        assert (type(error), "source.ca_bundle" in str(error)) == (SourceRefused, True)
        assert read_from(url, ca_bundle=bundle) == b"[]"
        error = failed(url.replace("localhost", "127.0.0.1"), ca_bundle=bundle)
        assert type(error) is SourceRefused


def test_no_encryption_where_it_is_asked_for_is_refused_and_a_hung_up_one_is_not() -> None:
    with LocalServer(Script(GOOD)) as server:
        error = failed(server.base_url.replace("http:", "https:"))
    assert type(error) is SourceRefused
    assert "source.url" in str(error)
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=hang_up, args=(server,), daemon=True).start()
        error = failed(f"https://127.0.0.1:{server.getsockname()[1]}/", deadline_minutes=0.005)
    assert type(error) is SourceUnavailable


def hang_up(server: socket.socket) -> None:
    """End every connection after its first words."""
    with suppress(OSError):
        while True:
            connection, _ = server.accept()
            connection.recv(65536)
            connection.close()


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_row_35_a_file_that_is_no_certificate_is_named(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "company.pem"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    error = failed("https://localhost:9/", ca_bundle=str(path))
    assert type(error) is SourceRefused
    assert str(path) in str(error)


def test_row_35_the_file_is_looked_for_beside_the_settings(tmp_path: Path) -> None:
    made = Caller.model_validate({"url": "http://x", "ca_bundle": "company.pem"}, context={"home": tmp_path})
    assert Path(made.ca_bundle) == tmp_path / "company.pem"
    assert Caller.model_validate({"url": "http://x"}, context={"home": tmp_path}).ca_bundle == ""


def test_row_35_a_proxy_is_asked_in_place_of_1c() -> None:
    script = Script(GOOD)
    with LocalServer(script) as proxy:
        assert read_from("http://1c.example/base", proxy=proxy.base_url) == b"[]"
    assert script.asked[0].headers["host"] == "1c.example"
    error = failed("https://1c.example/base", proxy="http://127.0.0.1:9")
    assert type(error) is SourceUnavailable
    assert "source.proxy" in str(error)
