"""A report folder on a disk, on a mounted share or, on Windows, at a UNC path."""

from __future__ import annotations

import os

from pydantic import field_validator

from rfm_service.domain.errors import PublishError
from rfm_service.publishing.disk import Disk
from rfm_service.publishing.plug import FilePublisher
from rfm_service.publishing.shelf import Shelf
from rfm_service.setting_types import HomePath


class Publisher(FilePublisher):
    """Publishes into the folder `path`."""

    path: HomePath

    @field_validator("path", mode="before")
    @classmethod
    def _no_address(cls, path: object) -> object:
        if isinstance(path, str) and path.lower().startswith("smb:"):
            raise ValueError('belongs to kind = "smb"; leave `kind` out, the address tells it')
        return path

    @property
    def place(self) -> str:
        """The folder."""
        return str(self.path)

    def shelf(self) -> Shelf:
        """The folder. Raises PublishError."""
        if os.name != "nt" and any(part.startswith("\\\\") for part in self.path.parts):
            raise PublishError("{path} is a Windows address. Write it as smb://server/share/folder, or mount the share "
                               "on this computer and write the folder that it is mounted at.", path=self.place)
        return Disk(self.path)
