"""The engine for a Spark cluster: its Connect server shuffles the lines, its workers run the functions of `memory`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import AfterValidator, Field

from rfm_service.domain.errors import EngineError
from rfm_service.domain.values import Remark
from rfm_service.lake.cluster import ClusterEngine, Errand

if TYPE_CHECKING:
    from rfm_service.analysis.questions import Question
    from rfm_service.ports import Facts
    from rfm_service.sparks.session import Server
    from rfm_service.sparks.tasks import Files

T = TypeVar("T")
ADDRESS = re.compile(r"sc://(?:[\w.-]+|\[[\da-fA-F:.]+\])(?::\d{1,5})?(?:/|/;use_ssl=true)?", re.ASCII)
DRIVE = re.compile("^file://(?=[A-Za-z]:)")
GLOB = re.compile(r"([*?{}\[\]\\])")
SPARK_TYPES = {"int32": "int", "int64": "bigint", "bool": "boolean"}
SIZE = re.compile(r"(\d+)([bkmgtp]?)b?")
CONF = {"spark.sql.files.openCostInBytes": 1 << 20, "spark.sql.execution.arrow.maxRecordsPerBatch": 100_000,
        "spark.sql.sources.parallelPartitionDiscovery.parallelism": 32}
"""A file a day makes many small files, for which Spark's own figures start far too many tasks."""
CHECKED = "parquet.page.verify-checksum.enabled"
ONE_BY_ONE, ABROAD = 1_000_000, 32
"""Files of a folder are looked at by the server itself sooner than by a job of as many tasks."""
UNITS = {unit: 1024 ** power for power, unit in enumerate("bkmgtp")}


def _address(text: str) -> str:
    if not ADDRESS.fullmatch(text):
        raise ValueError("must be the address of a Spark Connect server like sc://spark.example.com:15002, with "
                         "/;use_ssl=true at its end for TLS; a token is written as engine.token")
    return text


class Engine(ClusterEngine):
    """Asks the Connect server at `address` (sc://host:port), with a `token` where it wants one."""

    address: Annotated[str, AfterValidator(_address)]
    token: str = Field(default="", repr=False)

    def answer(self, facts: Facts, question: Question[T]) -> T:
        """Lay the question to the files; after a failure the next one begins with a new session. Raises EngineError."""
        try:
            return super().answer(facts, question)
        except EngineError:
            from rfm_service.sparks.session import leave

            leave(self.address, self.token)
            raise

    def told_memory_mb(self) -> int:
        """What Spark lets the Python of a core have, or else the JVM of an executor; 0 where neither is told."""
        from rfm_service.sparks.session import met

        session = self._server().session
        with met(self.address):
            told = {name: session.conf.get(f"spark.executor.{name}", None)
                    for name in ("pyspark.memory", "memory", "cores")}
        bytes_told = _bytes(told["pyspark.memory"], "m") or _bytes(told["memory"], "m")
        return bytes_told // max(1, int(told["cores"] or 1)) // 1_000_000

    def carried_out(self, errand: Errand[T]) -> list[T]:
        """The answers of all parts of an errand, in any order. Raises EngineError."""
        from rfm_service.lake.folder import SCHEMA
        from rfm_service.sparks.session import met
        from rfm_service.sparks.tasks import joined

        session = self._server().session
        with met(self.address, errand.lake, errand.heaviest):
            answers: list[T] = list(joined(_asked(session, errand).toLocalIterator()))
        return answers or [errand.of_lines(errand.selection.chosen(SCHEMA.empty_table()))]

    def reached(self) -> Remark:
        """What answers, for `check`. Raises EngineError."""
        found = self._server().known[0]
        return Remark(True, "Spark {spark} answers at {address}; its workers have {versions}.", (
            ("spark", found.spark), ("address", self.address),
            ("versions", ", ".join(f"{name} {version}" for name, version in found.workers.items()))))

    def _server(self) -> Server:
        from rfm_service.sparks.session import WORKERS_WITHIN_S, server

        return server(self.address, self.token, min(WORKERS_WITHIN_S, self.deadline_minutes * 60))


def _asked(session: Any, errand: Errand[T]) -> Any:
    """The PIECES of an errand, as Spark's plan."""
    from rfm_service.sparks.tasks import PART, PIECES, laid

    urls = [_path(errand.lake.url(path)) for path in errand.files]
    at_once = ONE_BY_ONE if urls[0].startswith("file:") else ABROAD
    for name, value in {**CONF, "spark.sql.shuffle.partitions": errand.parts,
                        "spark.sql.sources.parallelPartitionDiscovery.threshold": at_once}.items():
        session.conf.set(name, value)
    lines = session.read.schema(_columns(errand)).option(CHECKED, value=True).parquet(*urls)
    parted = lines.where(_shuffled(errand)).selectExpr("*", f"pmod(hash(customer_no), {errand.parts}) AS {PART}")
    pieces = ", ".join(f"{name} {'binary' if name == 'piece' else 'int'}" for name in PIECES.names)
    return parted.groupBy(PART).applyInArrow(laid(errand.selection, errand.of_lines, _seen(errand, urls[0])), pieces)


def _seen(errand: Errand[T], url: str) -> Files | None:
    """The files of a folder as this machine sees them; an object store is one for all."""
    from rfm_service.lake.folder import MARK
    from rfm_service.sparks.tasks import Files

    mark = errand.lake.mark()
    if not url.startswith("file:") or mark is None:
        return None
    return Files(str(Path(errand.files[0]).parents[1] / MARK), (mark.ingest, mark.run))


def _columns(errand: Errand[T]) -> str:
    from rfm_service.domain.tables import STORED_LINES

    return ", ".join(f"{name} {SPARK_TYPES[STORED_LINES[name]]}" for name in errand.selection.columns)


def _shuffled(errand: Errand[T]) -> str:
    """Whose lines are shuffled at all: those that count for nobody could make a part that no worker holds.

    Which lines an answer is made of the Selection alone says, on the workers.
    """
    out = errand.selection.left_out.customers
    return "customer_no > 0" + (f" AND customer_no NOT IN ({', '.join(map(str, out))})" if out else "")


def _path(url: str) -> str:
    """A file in Spark's words: Hadoop's name of S3, a drive of Windows below the root, no part of a name a pattern."""
    return GLOB.sub(r"\\\1", DRIVE.sub("file:///", re.sub(r"^s3://", "s3a://", url)))


def _bytes(size: str | None, unit: str) -> int:
    """A size as Spark writes it (512m, 2g); a bare number is of the unit."""
    found = SIZE.fullmatch((size or "").strip().lower())
    return int(found[1]) * UNITS[found[2] or unit] if found else 0
