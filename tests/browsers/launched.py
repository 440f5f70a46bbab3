"""A browser's processes: started in a session of their own, and ended all together."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

STARTS_WITHIN_S = 60.0
CLOSES_WITHIN_S = 5.0


@contextmanager
def launched(command: Sequence[str], address: Callable[[], str], log: Path) -> Iterator[str]:
    """The websocket address of a started browser; at the end it has a while to close, then its group is ended."""
    # where the tests themselves are killed, the kernel ends the browser
    bound = [setpriv, "--pdeathsig", "KILL"] if (setpriv := shutil.which("setpriv")) else []
    with log.open("wb") as output:
        browser = subprocess.Popen([*bound, *command], stdout=output, stderr=subprocess.STDOUT,
                                   stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        yield _address(browser, address, log)
    finally:
        _end(browser)


def _address(browser: subprocess.Popen[bytes], address: Callable[[], str], log: Path) -> str:
    end = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < end and browser.poll() is None:
        try:
            return address()
        except (OSError, ValueError):
            time.sleep(0.05)
    raise RuntimeError(f"the browser did not start:\n{log.read_text(encoding='utf-8', errors='replace')[-2000:]}")


def _end(browser: subprocess.Popen[bytes]) -> None:
    with suppress(subprocess.TimeoutExpired):
        browser.wait(CLOSES_WITHIN_S)
    with suppress(ProcessLookupError):
        os.killpg(browser.pid, signal.SIGKILL)
    browser.wait()
