"""The commented settings.toml that `init` writes, and the folders around it."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from rfm_service.domain.errors import RfmError

FOLDERS = ("data", "logs", "reports")


def text() -> str:
    """The template: every key with its default and a comment."""
    return files("rfm_service").joinpath("template.toml").read_text(encoding="utf-8")


def write(settings: Path) -> list[Path]:
    """Write what does not exist yet; the paths that were made. Raises RfmError."""
    home = settings.resolve().parent
    made = [folder for name in FOLDERS if not (folder := home / name).exists()]
    try:
        for folder in made:
            folder.mkdir(parents=True)
        if not settings.exists():
            settings.write_text(text(), encoding="utf-8")
            made.append(settings)
    except OSError as error:
        raise RfmError("{path} cannot be written: {reason}.", path=error.filename or str(home),
                       reason=error.strerror or "?") from error
    return made
