"""The session of a process with a Spark Connect server: bounded in time, its errors in the words of the house."""

from __future__ import annotations

import atexit
import json
import re
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import rfm_service
from rfm_service.domain.errors import EngineError, EngineUnavailable
from rfm_service.domain.stored import Heaviest
from rfm_service.lake.folder import Lake, damaged
from rfm_service.sparks import tasks
from rfm_service.timelimit import OutOfTimeError, within

RETRIES: dict[str, Any] = {"max_retries": 5, "initial_backoff": 400, "backoff_multiplier": 2.0, "max_backoff": 8000,
                           "max_server_retry_delay": 8000}
"""About 13 seconds of a server that refuses; the client's own would be ten minutes."""
CALL_S, FAREWELL_S = 60.0, 5.0
CHANNEL = [("grpc.keepalive_time_ms", 310_000), ("grpc.keepalive_timeout_ms", 20_000),
           ("grpc.max_reconnect_backoff_ms", 4_000)]
"""A server takes pings that come more often than every five minutes for an attack."""
WORKERS_WITHIN_S = 300.0
ASKED = 8
"""So many tiny tasks ask the workers for their versions: no task can be sent to a worker by name."""

GONE = re.compile(r"INVALID_HANDLE|SESSION_CHANGED|NO_ACTIVE_SESSION|RESPONSE_ALREADY_RECEIVED|SparkContext was shut "
                  r"down|stopped SparkContext|answers came in part")
GONE_CODES = frozenset({"UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED"})
REFUSED_CODES = frozenset({"UNAUTHENTICATED", "PERMISSION_DENIED"})
NO_FILES = re.compile(rf"{tasks.OTHER_FILES}|PATH_NOT_FOUND|FAILED_READ_FILE|FileNotFound|"
                      r"No FileSystem for scheme|UnsupportedFileSystem|"
                      r"UNSUPPORTED_FILE_SYSTEM|AccessDenied|AccessControl|"
                      r"ClassNotFoundException: Class org.apache.hadoop.fs")
UNREAD = re.compile(r"FAILED_READ_FILE.*?/day=(-?\d+)\.parquet", re.DOTALL)
NO_MEMORY = re.compile(r"MemoryError|OutOfMemory|UNABLE_TO_ACQUIRE_MEMORY|exited unexpectedly|ExecutorLostFailure|"
                       r"ArrowMemory|malloc of size")
OTHER_PYTHON = re.compile(r"PYTHON_VERSION_MISMATCH\D*?(\d+\.\d+)[^\d]+?(\d+\.\d+)", re.DOTALL)
NO_MODULE = re.compile(r"No module named '?\"?([\w.]+)|(PyArrow|Pandas) >= \S+ must be installed")
NOBODY = Heaviest()
OPEN: dict[tuple[str, str], Server] = {}


class Versions(NamedTuple):
    """What answers: the version of Spark, and those of what the workers compute with."""

    spark: str
    workers: dict[str, str]


@dataclass(frozen=True)
class Server:
    """A session; `channel` is what all calls go through."""

    address: str
    session: Any
    channel: Any
    limit: Any
    known: list[Versions] = field(default_factory=list)

    def left(self) -> None:
        """End the session and what it has under way, in bounded time even where nobody listens."""
        self.limit.seconds = FAREWELL_S
        self.session.client.set_retry_policies([])
        with suppress(Exception):
            self.session.interruptAll()
            self.session.client.release_session()
        # Calls of the client's own threads that still wait end with the channel.
        self.channel.close()
        with suppress(Exception):
            self.session.client.close()


def server(address: str, token: str, begun_within_s: float) -> Server:
    """The session with a server whose workers are fit for us, opened where there is none. Raises EngineError."""
    known = OPEN.get((address, token))
    if known is not None and _answers(known):
        return known
    leave(address, token)
    opened = _opened(address, token)
    try:
        with met(address):
            opened.known.append(_looked_at(opened, begun_within_s))
    except EngineError:
        opened.left()
        raise
    OPEN[address, token] = opened
    return opened


def leave(address: str, token: str) -> None:
    """End the session with a server, where there is one."""
    if (known := OPEN.pop((address, token), None)) is not None:
        known.left()


@atexit.register
def _leave_all() -> None:
    for address, token in list(OPEN):
        leave(address, token)


@contextmanager
def met(address: str, lake: Lake | None = None, heaviest: Heaviest = NOBODY) -> Iterator[None]:
    """What goes wrong with Spark, in the words of the house; no text of a worker passes, it may hold lines."""
    from grpc import RpcError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, RpcError, EOFError) as error:
        if lake and (unread := UNREAD.search(str(error))):
            path = lake.days().get(int(unread[1]))
            if path and lake.sound(path) is None:
                raise damaged(lake.place) from None
        raise meant(error, address, lake.place if lake else "", heaviest) from None


def meant(error: Exception, address: str, place: str, heaviest: Heaviest = NOBODY) -> EngineError:
    """An error of Spark or of the way to it, as a sentence."""
    said, code = str(error), _code(error)
    if GONE.search(said) or code in GONE_CODES:
        return EngineUnavailable("Spark at {address} does not answer, or ceased to in the middle of its work. Look "
                                 "whether its Connect server is alive (engine.address), then run the night again.",
                                 address=address)
    if code in REFUSED_CODES:
        return EngineError("Spark at {address} does not let this program in. Check engine.token.", address=address)
    if other := _other_versions(said):
        return other
    if NO_FILES.search(said):
        return EngineError("Spark does not find the files of sale lines in {place}, or may not read them. Its Connect "
                           "server and its workers must see them under the same address as this program (engine.lake).",
                           place=place)
    if NO_MEMORY.search(said):
        return EngineError("Workers of Spark ran out of memory, or were killed, each time that they tried. Give them "
                           "more memory, or lower engine.bucket_lines. The customer {customer_id} has the most lines: "
                           "{lines}.", customer_id=heaviest.customer_id, lines=heaviest.lines)
    return EngineError("Spark at {address} could not do the work: {reason}. Its own log tells more.", address=address,
                       reason=_condition(error) or code or type(error).__name__)


def _code(error: Any) -> str:
    asked = getattr(error, "getGrpcStatusCode", None) or getattr(error, "code", None)
    return getattr(asked() if callable(asked) else None, "name", "")


def _condition(error: Any) -> str:
    asked = getattr(error, "getCondition", None)
    return str(asked() or "") if callable(asked) else ""


def _other_versions(said: str) -> EngineError | None:
    if found := OTHER_PYTHON.search(said):
        return _differing({"Python": found[1]})
    if (missing := NO_MODULE.search(said)) and (name := (missing[1] or missing[2]).lower()) in tasks.versions():
        return _differing({name: "-"})
    return None


def _differing(told: dict[str, str]) -> EngineError:
    here = tasks.versions()
    return EngineError("The workers of Spark have other versions than this program: {differing}. Install the same on "
                       "both sides.", differing=", ".join(f"{name} {version} ({here[name]})"
                                                          for name, version in told.items()))


def _answers(known: Server) -> bool:
    """A server forgets a session that was idle for an hour."""
    with suppress(Exception):
        return bool(known.session.conf.get("spark.app.name", "-"))
    return False


def _looked_at(opened: Server, begun_within_s: float) -> Versions:
    """Ship this program to the workers, then see that they are there and as we are."""
    session = opened.session
    with tempfile.TemporaryDirectory() as folder:
        session.addArtifacts(str(_packed(Path(folder))), pyfile=True)
    asking = session.range(ASKED, numPartitions=ASKED).mapInArrow(tasks.versions_told, "told string")
    try:
        told = within(begun_within_s, lambda: [json.loads(row[0]) for row in asking.collect()])
    except OutOfTimeError:
        raise EngineUnavailable("No worker of Spark at {address} began within {minutes} minutes. Look whether its "
                                "workers are alive and have free cores and memory, then run the night again.",
                                address=opened.address, minutes=f"{begun_within_s / 60:g}") from None
    here = tasks.versions()
    for versions in told:
        if other := {name: version for name, version in versions.items() if version != here[name]}:
            raise _differing(other)
    return Versions(session.version, told[0])


def _packed(folder: Path) -> Path:
    """This program as a file that Python imports from: workers then compute with this very version of it."""
    home, path = Path(rfm_service.__file__).parent, folder / "rfm_service.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for source in sorted(home.rglob("*.py")):
            packed.write(source, source.relative_to(home.parent).as_posix())
    return path


def _opened(address: str, token: str) -> Server:
    """A session, and nothing said on stderr of it."""
    warnings.filterwarnings("ignore", module=r"pyspark\.")
    try:
        with _a_program_of_a_file():
            from pyspark.sql.connect.client import DefaultChannelBuilder
            from pyspark.sql.connect.client.retries import DefaultPolicy
            from pyspark.sql.connect.session import SparkSession
    except ImportError as error:
        raise EngineError('The engine spark needs packages that are not installed: {reason}. Install them: '
                          'pip install "rfm-service[spark]".', reason=str(error.name or error)) from error
    limit = _limit()
    builder: Any = DefaultChannelBuilder(address, CHANNEL)
    builder.add_interceptor(limit)
    if token:
        builder.set(DefaultChannelBuilder.PARAM_TOKEN, token)
    channel = builder.toChannel()
    builder.toChannel = lambda: channel
    session = SparkSession(builder)
    session.client.set_retry_policies([DefaultPolicy(**RETRIES)])
    return Server(address, session, channel, limit)


@contextmanager
def _a_program_of_a_file() -> Iterator[None]:
    """Where Python was given its program as text, pyspark takes that for its own doctests, and ends the process."""
    main = sys.modules["__main__"]
    bare = main.__spec__ is None and not hasattr(main, "__file__")
    if bare:
        main.__file__ = __file__
    try:
        yield
    finally:
        if bare:
            del main.__file__


def _limit() -> Any:
    """What gives each short call a time limit; the client gives it none."""
    from grpc import UnaryUnaryClientInterceptor

    class Limit(UnaryUnaryClientInterceptor):  # type: ignore[misc]
        seconds = CALL_S

        def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:
            return continuation(details._replace(timeout=self.seconds), request)

    return Limit()
