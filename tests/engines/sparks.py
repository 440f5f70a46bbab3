"""A Spark of the tests' own: a master, workers and a Connect server, all JVMs of this machine on free ports."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import MappingProxyType

import psutil

from tests.programs import free_port, lacking, program

ROOT = Path(__file__).parents[2]
STARTED_WITHIN_S = 90
QUIET = """rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{HH:mm:ss.SSS} %p %c{1}: %m%n%ex
"""
QUICKLY = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""For JVMs that live for seconds."""
NONE: Mapping[str, str] = MappingProxyType({})


def spark_home() -> Path:
    """Where the Spark of the client's version is; a test without it skips."""
    try:
        home = ROOT / "build" / f"spark-{version('pyspark-client')}" / "pyspark"
    except PackageNotFoundError:
        lacking('Spark Connect is not installed: pip install -e ".[dev,spark]"')
    if not (home / "bin" / "spark-class").exists():
        lacking("a Spark for tests is not there: make spark")
    return home


@dataclass
class Sparks:
    """Processes of a standalone cluster; `workers` of `cores` and so many MB for each executor's JVM."""

    folder: Path
    workers: int = 2
    cores: int = 1
    memory_mb: int = 1024
    settings: Mapping[str, str] = field(default_factory=lambda: NONE)
    java: str = QUICKLY
    home: Path = field(default_factory=spark_home)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"sc://127.0.0.1:{self.ports['connect']}"

    @property
    def master(self) -> str:
        return f"spark://127.0.0.1:{self.ports['master']}"

    def start(self) -> None:
        """Start all; the first executors come with the Connect server."""
        program("java", "openjdk-17-jre-headless")
        (self.folder / "conf").mkdir(parents=True)
        (self.folder / "conf" / "log4j2.properties").write_text(QUIET, encoding="utf-8")
        self.ports = {"master": free_port(), "connect": free_port()}
        self._daemon("master", "deploy.master.Master", "--port", str(self.ports["master"]))
        _until_it_listens(self.ports["master"], self.running["master"])
        for number in range(self.workers):
            self.start_worker(number)
        self._start_server()

    def start_worker(self, number: int) -> None:
        """Start one of the workers, where it is not running."""
        if f"worker-{number}" in self.running:
            return
        self._daemon(f"worker-{number}", "deploy.worker.Worker", "--cores", str(self.cores), "--memory", "8g",
                     "--work-dir", str(self.folder / f"work-{number}"), self.master)

    def serve(self, settings: Mapping[str, str]) -> None:
        """Have a Connect server with these settings of Spark."""
        if "server" not in self.running or self.settings != settings:
            self.kill("server")
            self.settings = settings
            self._start_server()

    def _start_server(self) -> None:
        settings = {"spark.executor.memory": f"{self.memory_mb}m", "spark.ui.enabled": "false",
                    "spark.connect.grpc.binding.address": "127.0.0.1", "spark.driver.host": "127.0.0.1",
                    "spark.connect.grpc.binding.port": str(self.ports["connect"]),
                    "spark.driver.bindAddress": "127.0.0.1", **self.settings}
        self._run("server", "spark-submit", "--master", self.master, "--name", "rfm-tests",
                  *(word for name, value in settings.items() for word in ("--conf", f"{name}={value}")),
                  "--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "spark-internal")
        _until_it_listens(self.ports["connect"], self.running["server"])

    def kill(self, name: str) -> None:
        """SIGKILL a daemon and what it started."""
        if (running := self.running.pop(name, None)) is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)
            running.wait()

    def executors(self) -> list[psutil.Process]:
        """The JVMs of executors, oldest first."""
        found = [child for name, running in self.running.items() if name.startswith("worker")
                 for child in _children(running.pid) if "CoarseGrainedExecutorBackend" in _words(child)]
        return sorted(found, key=lambda each: each.create_time())

    def pythons(self) -> list[psutil.Process]:
        """The Python processes below the executors."""
        return [child for executor in self.executors() for child in _children(executor.pid)]

    def stop(self) -> None:
        for name in reversed(list(self.running)):
            self.kill(name)

    def _daemon(self, name: str, of: str, *words: str) -> None:
        self._run(name, "spark-class", f"org.apache.spark.{of}", "--host", "127.0.0.1", "--webui-port", "0", *words)

    def _run(self, name: str, command: str, *words: str) -> None:
        environment = {**os.environ, "SPARK_HOME": str(self.home), "SPARK_CONF_DIR": str(self.folder / "conf"),
                       "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1",
                       "SPARK_DAEMON_MEMORY": "1g" if name == "server" else "256m",
                       "SPARK_LOCAL_DIRS": str(self.folder / "local"), "OPENBLAS_NUM_THREADS": "1",
                       "JAVA_TOOL_OPTIONS": self.java}
        environment.pop("PYTHONPATH", None)
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [str(self.home / "bin" / command), *words], env=environment, cwd=self.folder, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True)


@contextmanager
def sparks(folder: Path, workers: int = 2, memory_mb: int = 1024, settings: Mapping[str, str] = NONE,
           java: str = QUICKLY) -> Iterator[Sparks]:
    """A running cluster; `memory_mb` for the JVM of each executor, `settings` of Spark for its Connect server."""
    cluster = Sparks(folder / "spark", workers, memory_mb=memory_mb, settings=settings, java=java)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


def _until_it_listens(port: int, running: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + STARTED_WITHIN_S
    while time.monotonic() < until and running.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError("Spark did not start: see its logs in the test's folder")


def _children(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _words(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""
