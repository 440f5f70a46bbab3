"""A process that the daemon started: watched without waiting, ended at its deadline, its memory read at its end."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic

log = logging.getLogger(__name__)

GRACE_S = 10
"""How long a process that was asked to end may take before it is killed."""


@dataclass(frozen=True)
class Ended:
    """How a process ended: `late`, by its deadline; `peak_mb` is the most memory that it had, 0 where not known."""

    code: int
    seconds: float
    peak_mb: int = 0
    late: bool = False


@dataclass
class Child:
    """One process under way: `deadline_s` None lets it live for good."""

    popen: subprocess.Popen[bytes]
    deadline_s: float | None = None
    began: float = field(default_factory=monotonic)
    asked: float | None = None
    late: bool = False
    peak_mb: int = 0

    def poll(self) -> Ended | None:
        """How it ended, None while it is under way; one past its deadline is asked to end, then killed."""
        now = monotonic()
        code = self._code()
        if code is not None:
            return Ended(code, round(now - self.began, 1), self.peak_mb, self.late)
        if self.asked is None and self.deadline_s is not None and now - self.began > self.deadline_s:
            self.late = True
            self.end()
        elif self.asked is not None and now - self.asked > GRACE_S:
            self.popen.kill()
        return None

    def end(self) -> None:
        """Ask it to end."""
        if self.asked is None:
            self.asked = monotonic()
            self.popen.terminate()

    def _code(self) -> int | None:
        if self.popen.returncode is not None:
            return self.popen.returncode
        if sys.platform == "win32":
            self.peak_mb = max(self.peak_mb, _peak_mb(self.popen.pid))
            return self.popen.poll()
        try:
            pid, status, used = os.wait4(self.popen.pid, os.WNOHANG)
        except ChildProcessError:
            return self.popen.poll()
        if not pid:
            return None
        # Linux counts in KiB, macOS in bytes.
        self.peak_mb = used.ru_maxrss // (1024 * 1024 if sys.platform == "darwin" else 1024)
        self.popen.returncode = os.waitstatus_to_exitcode(status)
        return self.popen.returncode


def started(command: Sequence[str], deadline_s: float | None = None, told: bytes | None = None) -> Child:
    """Start a process; `told` is given to it on stdin. Raises OSError."""
    popen = subprocess.Popen(command, stdin=subprocess.DEVNULL if told is None else subprocess.PIPE)
    if told is not None and popen.stdin is not None:
        # One that ends at once reads nothing; a pipe that it does not empty holds up to 64 KiB.
        with contextlib.suppress(OSError), popen.stdin as stdin:
            stdin.write(told)
    return Child(popen, deadline_s)


def _peak_mb(pid: int) -> int:
    import psutil

    with contextlib.suppress(psutil.Error):
        return int(getattr(psutil.Process(pid).memory_info(), "peak_wset", 0) // 1024**2)
    return 0
