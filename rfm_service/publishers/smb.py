"""A report folder on a share that is reached by SMB directly: smb://server/share/folder."""

from __future__ import annotations

import re

from pydantic import Field, field_validator

from rfm_service.publishing.plug import FilePublisher
from rfm_service.publishing.shelf import Shelf

ADDRESS = re.compile(r"smb://(?P<server>[^/\\:@\s]+|\[[0-9A-Fa-f:]+\])(:(?P<port>\d{1,5}))?/(?P<path>[^\\:*?\"<>|]+)")
PORT = 445


class Publisher(FilePublisher):
    """Publishes at `path`; `user` may have a domain before it; a connection may take `timeout_s`."""

    path: str
    user: str = ""
    password: str = Field("", repr=False)
    timeout_s: float = Field(30, gt=0, le=3600)

    @field_validator("path")
    @classmethod
    def _address(cls, path: str) -> str:
        """The address without a slash at its end, so that a place has one name."""
        if "@" in path.partition("//")[2].partition("/")[0]:
            raise ValueError("must name no user; write it under `user`, and the password under `password`")
        tidy = path.rstrip("/")
        found = ADDRESS.fullmatch(tidy)
        if not found or any(part in ("", ".", "..") for part in found["path"].split("/")):
            raise ValueError("must be an address like smb://server/share/folder")
        return tidy

    @property
    def place(self) -> str:
        """The address."""
        return self.path

    def shelf(self) -> Shelf:
        """The folder, over a connection of its own."""
        from rfm_service.publishing.smb_share import Login, SmbShare

        found = ADDRESS.fullmatch(self.path)
        assert found is not None, self.path
        server, port = found["server"].strip("[]"), int(found["port"] or PORT)
        return SmbShare(Login(server, port, found["path"], self.user, self.password, self.timeout_s))
