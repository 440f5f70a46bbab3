"""Settings files for tests, read by the real door."""

from __future__ import annotations

from pathlib import Path

from rfm_service import wiring
from rfm_service.domain.errors import SettingFault, SettingsError
from rfm_service.settings import Settings

SOURCE = '[source]\nurl = "http://127.0.0.1:1/"\n'


def load(folder: Path, text: str | bytes, beside: bytes = b"") -> Settings:
    path = folder / "settings.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    if beside:
        (folder / ".env").write_bytes(beside)
    return wiring.load(path)


def faults(folder: Path, text: str | bytes, beside: bytes = b"") -> dict[str, SettingFault]:
    """The faults by key; none for good settings."""
    try:
        load(folder, text, beside)
    except SettingsError as error:
        return {fault.key: fault for fault in error.faults}
    return {}
