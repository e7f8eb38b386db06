"""Great Expectations on Spark: its Spark engine, on a cluster or on this machine."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mlgate.artifacts.formats import SUFFIXES
from mlgate.artifacts.interface import DataSet
from mlgate.engines.gx import quiet
from mlgate.engines.gx_nulls import validated_beside_nulls
from mlgate.engines.interface import Validation
from mlgate.engines.suite import Suite
from mlgate.errors import DataNotReadable

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

NAME: Final = "spark"

_ON_THIS_MACHINE: Final = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "8",
}
"""Settings for a Spark without a cluster, where its own configuration does not say otherwise."""

_QUIET: Final = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false"}


class Spark:
    """Great Expectations' Spark engine.

    Which Spark is for its usual settings to say: `SPARK_REMOTE` (Spark Connect), else
    `SPARK_MASTER`, else `spark-defaults.conf`, else all processors of this machine.
    """

    def validate(self, data: DataSet, suite: Suite) -> Validation:
        """Validate a suite on the file or files, which Spark reads itself.

        Raises:
            DataNotReadable: pyspark or Java is missing, Spark does not start, or it cannot read the
                data.
        """
        if data.sql is not None:
            raise DataNotReadable(
                f"{data.name} is a table in a database, which Spark does not read here",
                remedy="leave `engine` out: the suite then runs in the database",
            )
        with _session(data.environment) as session, quiet():
            table, rows = _opened(session, data)

            def whole_table(context: Any) -> Any:
                source = context.data_sources.add_spark("mlgate")
                definition = source.add_dataframe_asset("data").add_batch_definition_whole_dataframe
                return definition("all").get_batch({"dataframe": table})

            return validated_beside_nulls(
                suite,
                open_batch=whole_table,
                rows=rows,
                columns=tuple(table.columns),
                engine=NAME,
            )


def _opened(session: "SparkSession", data: DataSet) -> "tuple[DataFrame, int]":
    """The data as Spark reads them, and the number of rows."""
    place = _place(data)
    suffix = re.search(r"\.[a-z]+(?=(\.(gz|bz2|zst))?/?$)", place.lower())
    form = data.spec.format or SUFFIXES.get(suffix[0] if suffix else "", "parquet")
    try:
        if form == "csv":
            # As pandas reads it: a quote is doubled, and text may go over several lines.
            table = session.read.csv(
                place, header=True, inferSchema=True, escape='"', multiLine=True, mode="FAILFAST"
            )
        elif form == "jsonl":
            table = session.read.json(place, mode="FAILFAST")
        else:
            table = session.read.parquet(place)
        return table, table.count()
    except Exception as error:  # noqa: BLE001  # Spark's, py4j's, gRPC's
        raise DataNotReadable(
            f"Spark cannot read {data.spec.place} as {form}: {_words(error)}",
            cause="the path is mistyped, Spark lacks the store's connector or its credentials, or "
            "a file is damaged or of another format",
            remedy="read the same path in `pyspark` to see the whole error",
        ) from None


def _place(data: DataSet) -> str:
    """A path as Hadoop takes it: a local one has a scheme too, for a cluster's default differs."""
    path = data.spec.path or ""
    if "://" in path:
        return re.sub(r"^s3://", "s3a://", path)
    there = data.path or data.place
    assert there is not None  # noqa: S101  # it is neither a store's nor a database's
    plain = str(there.absolute())
    if there.is_file():  # its name is no pattern, whatever is in it
        plain = re.sub(r"([\\\[\]{}*?])", r"\\\1", plain)
    return f"file://{plain}"


@contextmanager
def _session(environment: Mapping[str, str]) -> "Iterator[SparkSession]":
    """A session, stopped at the end."""
    if find_spec("pyspark") is None:
        raise DataNotReadable(
            "`engine: spark` needs pyspark, which is not installed",
            cause="the action's image holds no Spark",
            remedy="install `mlgate[spark]`, and run `mlgate run` in a job that has Java",
        )
    remote = environment.get("SPARK_REMOTE")
    if not remote and not _has_java(environment):
        raise DataNotReadable(
            "`engine: spark` needs Java, and there is no `java` on PATH or in JAVA_HOME",
            cause="the job's machine or image has none",
            remedy="use actions/setup-java with Java 17 or newer in a step before, or name a Spark "
            "Connect server in SPARK_REMOTE",
        )
    with tempfile.TemporaryFile() as noise:
        try:
            with _outputs_in(noise.fileno()):
                session = _started(environment, remote)
        except Exception as error:  # noqa: BLE001  # Spark's, py4j's, gRPC's
            raise DataNotReadable(
                f"Spark does not start: {_words(error)}{_last_error(noise)}",
                cause="the cluster is not reachable, or Java is of a version that Spark refuses",
                remedy="check SPARK_REMOTE, SPARK_MASTER and JAVA_HOME; pyspark 4 needs Java 17",
            ) from None
        try:
            yield session
        finally:
            with _outputs_in(noise.fileno()):
                session.stop()


def _has_java(environment: Mapping[str, str]) -> bool:
    home = environment.get("JAVA_HOME")
    if home and (Path(home) / "bin" / "java").exists():
        return True
    return shutil.which("java", path=environment.get("PATH", "")) is not None


def _started(environment: Mapping[str, str], remote: str | None) -> "SparkSession":
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName("mlgate")
    if remote:
        return builder.remote(remote).getOrCreate()
    from pyspark import SparkConf

    conf = SparkConf()
    master = environment.get("SPARK_MASTER") or conf.get("spark.master", "local[*]") or "local[*]"
    conf.setMaster(master)
    for name, value in (_QUIET | (_ON_THIS_MACHINE if master.startswith("local") else {})).items():
        conf.setIfMissing(name, value)
    session = builder.config(conf=conf).getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    return session


@contextmanager
def _outputs_in(file: int) -> Iterator[None]:
    """Both outputs of this process in a file: Java inherits them, and keeps them while it runs."""
    kept = [os.dup(1), os.dup(2)]
    try:
        os.dup2(file, 1)
        os.dup2(file, 2)
        yield
    finally:
        for number, copy in zip((1, 2), kept, strict=True):
            os.dup2(copy, number)
            os.close(copy)


def _last_error(noise: Any) -> str:
    """The last line that Java wrote as an error; empty where there is none."""
    noise.seek(0)
    lines = noise.read().decode(errors="replace").splitlines()
    errors = [line for line in lines if re.search(r"error|exception", line, re.IGNORECASE)]
    return f" ({_words(errors[-1])})" if errors else ""


def _words(error: object) -> str:
    """An error's first line that says something, short and without an account in a URL."""
    lines = [line.strip(" :") for line in str(error).splitlines()]
    telling = [line for line in lines if line and not line.startswith("An error occurred while")]
    first = telling[0] if telling else type(error).__name__
    return re.sub(r"(://)[^/\s@]*@", r"\1", first)[:300]
