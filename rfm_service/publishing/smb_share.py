"""A shelf on a share that is reached by SMB directly, without being mounted."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import smbclient
from smbprotocol.exceptions import SMBAuthenticationError, SMBException, SMBOSError, SMBResponseException
from smbprotocol.file_info import FileAttributes
from smbprotocol.header import NtStatus

from rfm_service.publishing.shelf import (
    ACCESS_DENIED,
    BAD_PATH,
    BAD_SHARE,
    DISK_FULL,
    FILE_NOT_FOUND,
    LOCK_VIOLATION,
    LOGON_FAILURE,
    NAME_DELETED,
    ROOT,
    SHARING_VIOLATION,
    WRITE_PROTECT,
    Entry,
    Kind,
    failure,
)

BLOCK = 1_000_000
_WINDOWS = {
    NtStatus.STATUS_SHARING_VIOLATION: SHARING_VIOLATION, NtStatus.STATUS_DELETE_PENDING: SHARING_VIOLATION,
    NtStatus.STATUS_CANNOT_DELETE: SHARING_VIOLATION, 0xC0000054: LOCK_VIOLATION, 0xC0000055: LOCK_VIOLATION,
    NtStatus.STATUS_ACCESS_DENIED: ACCESS_DENIED, NtStatus.STATUS_PRIVILEGE_NOT_HELD: ACCESS_DENIED,
    NtStatus.STATUS_DISK_FULL: DISK_FULL, 0xC0000044: DISK_FULL, 0xC00000A2: WRITE_PROTECT,
    NtStatus.STATUS_BAD_NETWORK_NAME: BAD_SHARE, NtStatus.STATUS_NETWORK_NAME_DELETED: NAME_DELETED,
    NtStatus.STATUS_USER_SESSION_DELETED: NAME_DELETED, NtStatus.STATUS_LOGON_FAILURE: LOGON_FAILURE,
    NtStatus.STATUS_WRONG_PASSWORD: LOGON_FAILURE, NtStatus.STATUS_PASSWORD_EXPIRED: LOGON_FAILURE,
    0xC000006E: LOGON_FAILURE, 0xC0000072: LOGON_FAILURE, 0xC0000234: LOGON_FAILURE, 0xC0000193: LOGON_FAILURE,
    NtStatus.STATUS_OBJECT_NAME_NOT_FOUND: FILE_NOT_FOUND, NtStatus.STATUS_OBJECT_PATH_NOT_FOUND: FILE_NOT_FOUND,
    NtStatus.STATUS_NOT_FOUND: FILE_NOT_FOUND, NtStatus.STATUS_NO_SUCH_FILE: FILE_NOT_FOUND}
"""What a server says, as Windows would number it."""


@dataclass(frozen=True)
class Login:
    """Where and as whom; `path` begins with the share, `timeout_s` is what a connection may take."""

    server: str
    port: int
    path: str
    user: str
    password: str = field(repr=False)
    timeout_s: float


@dataclass(frozen=True)
class SmbShare:
    """A folder of a share; its connection is its own and ends with `close`."""

    login: Login
    connections: dict[str, Any] = field(default_factory=dict, repr=False)

    def make(self) -> None:
        """Make the folder itself and those above it, within a share that is there."""
        self.nearest()
        with _told():
            smbclient.makedirs(self._path(), exist_ok=True, **self._given)

    def nearest(self) -> SmbShare:
        """The nearest folder above that is there, or this one."""
        shelf = self
        while "/" in shelf.login.path and shelf.look() is None:
            shelf = replace(shelf, login=replace(shelf.login, path=shelf.login.path.rpartition("/")[0]))
        if shelf.look() is None:
            raise failure(BAD_SHARE, "STATUS_BAD_NETWORK_NAME")
        return shelf

    def look(self, name: str = ROOT) -> Entry | None:
        """What lies under a name, None where nothing does."""
        try:
            with _told():
                found = smbclient.lstat(self._path(name), **self._given)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ENOTDIR):
                return None
            raise
        return replace(_entry(name, found.st_file_attributes, found.st_size), changed_ns=found.st_mtime_ns)

    def entries(self, folder: str = ROOT) -> list[Entry]:
        """What lies in a folder."""
        with _told(), smbclient.scandir(self._path(folder), **self._given) as found:
            told = [each.smb_info for each in found]
        return [_entry(each.file_name, each.file_attributes, each.end_of_file) for each in told]

    def read(self, name: str, most: int) -> bytes:
        """The first bytes of a file, at most so many."""
        with _told(), smbclient.open_file(self._path(name), mode="rb", share_access="rwd", **self._given) as opened:
            content: bytes = opened.read(most)
            return content

    def write(self, name: str, content: bytes) -> None:
        """Write a file through to the disk of the server; folders above it are made."""
        above, _, _ = name.rpartition("/")
        with _told():
            if above:
                self.make_below(above)
            with smbclient.open_file(self._path(name), mode="wb", buffering=0, **self._given) as opened:
                for at in range(0, len(content), BLOCK):
                    opened.write(content[at:at + BLOCK])
                opened.fd.flush()

    def make_below(self, folder: str) -> None:
        """Make a folder below this one, and those between; this one is never made in the place of one that is gone."""
        parts = folder.split("/")
        for depth in range(1, len(parts) + 1):
            try:
                with _told():
                    smbclient.mkdir(self._path("/".join(parts[:depth])), **self._given)
            except FileExistsError:
                continue

    def sync(self, folder: str = ROOT) -> None:
        """A server answers a rename once it is done; there is no more to ask for."""

    def rename(self, old: str, new: str, *, replace: bool = False) -> None:
        """Rename; only a file may `replace` another."""
        with _told():
            (smbclient.replace if replace else smbclient.rename)(self._path(old), self._path(new), **self._given)

    def remove(self, name: str) -> None:
        """Remove a file or a link, never what a link leads to."""
        with _told():
            smbclient.remove(self._path(name), **self._given)

    def remove_folder(self, name: str) -> None:
        """Remove an empty folder."""
        with _told():
            smbclient.rmdir(self._path(name), **self._given)

    def free(self) -> int | None:
        """Bytes that may still be written by this user."""
        with _told():
            told = smbclient.stat_volume(self._path(), **self._given)
        return int(told.caller_available_size) if told.total_size else None

    def close(self) -> None:
        """End the connection; one that is broken already needs no goodbye."""
        for connection in self.connections.values():
            with contextlib.suppress(Exception):
                connection.disconnect(timeout=self.login.timeout_s)

    @property
    def _given(self) -> dict[str, Any]:
        login = self.login
        return {"username": login.user or None, "password": login.password or None, "port": login.port,
                "connection_timeout": login.timeout_s, "connection_cache": self.connections}

    def _path(self, name: str = ROOT) -> str:
        below = f"/{name}" if name else ""
        return f"//{self.login.server}/{self.login.path}{below}".replace("/", "\\")


def _entry(name: str, attributes: int, size: int) -> Entry:
    linked, folder = FileAttributes.FILE_ATTRIBUTE_REPARSE_POINT, FileAttributes.FILE_ATTRIBUTE_DIRECTORY
    return Entry(name, Kind.LINK if attributes & linked else Kind.FOLDER if attributes & folder else Kind.FILE, size)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Say what a server says as Windows would: without the path, the user or the password."""
    try:
        yield
    except SMBOSError as error:
        raise _as_windows(error.ntstatus, error) from error
    except SMBResponseException as error:
        raise _as_windows(error.status, error) from error
    except SMBAuthenticationError as error:
        raise failure(LOGON_FAILURE, "not logged in") from error
    except (SMBException, ValueError) as error:
        # A connection that cannot be made is a ValueError there; one that is lost, an exception of its own.
        cause = error.__cause__
        raise failure(BAD_PATH if isinstance(error, ValueError) else NAME_DELETED,
                      getattr(cause, "strerror", None) or "no connection") from error


def _as_windows(status: int, error: Exception) -> OSError:
    told = next((name for name, value in vars(NtStatus).items() if value == status), f"0x{status:08x}")
    if status in _WINDOWS:
        return failure(_WINDOWS[status], told)
    return OSError(getattr(error, "errno", 0) or errno.EIO, told)
