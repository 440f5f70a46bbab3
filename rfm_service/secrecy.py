"""What of settings is secret: values by the names of their keys, and logins within addresses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from rfm_service.redaction import Login
from rfm_service.settings import SECRET


def without_secrets(value: Any) -> Any:
    """Tables of settings without what is secret in them."""
    if isinstance(value, dict):
        return {key: without_secrets(inner) for key, inner in value.items() if not SECRET.search(key)}
    return [without_secrets(inner) for inner in value] if isinstance(value, list) else value


def secret_values(value: Any, key: str = "") -> Iterator[str]:
    """What is secret in tables of settings."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from secret_values(inner, f"{key}.{name}")
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for inner in value:
            yield from secret_values(inner, key)
    elif value and value is not True and SECRET.search(key):
        yield str(value)


def logins(value: Any) -> Iterator[Login]:
    """Users with their passwords, side by side in a table or within an address."""
    if isinstance(value, dict):
        if value.get("user") and value.get("password"):
            yield Login(str(value["user"]), str(value["password"]))
        value = list(value.values())
    if isinstance(value, str) and "://" in value and "@" in value:
        yield from _login_of(value)
    for inner in value if isinstance(value, list) else ():
        yield from logins(inner)


def _login_of(address: str) -> Iterator[Login]:
    try:
        found = urlsplit(address)
    except ValueError:
        return
    if found.password:
        yield Login(unquote(found.username or ""), unquote(found.password))
        yield Login(found.username or "", found.password)
