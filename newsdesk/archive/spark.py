"""The Spark session of a job, or a clear word on what is missing."""

from __future__ import annotations

import logging
import os
import shutil
import sys
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from copytaster.errors import ConfigurationError, CopytasterError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession


_LOGGING = Path(__file__).with_name("log4j2.properties")  # errors only: Spark's own file prints how it starts
_SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "500",
}
_LOCAL = {  # a cluster has its own
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile={_LOGGING.as_uri()}",
    "spark.sql.shuffle.partitions": "16",
}


def require_parquet() -> None:
    """Raises ConfigurationError where the extra `spark` is not installed."""
    missing = [name for name in ("pyspark", "pyarrow") if find_spec(name) is None]
    if missing:
        raise ConfigurationError(
            f"not installed: {', '.join(missing)}",
            resource="copytaster archive",
            hint="pip install 'copytaster[spark]'",
        )


def require_spark() -> None:
    """Raises ConfigurationError where the extra `spark` or Java is missing."""
    require_parquet()
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        raise ConfigurationError(
            "Spark needs Java 17 or newer, and none was found",
            resource="copytaster archive",
            hint="install a Java runtime, or name one by JAVA_HOME",
        )


@contextmanager
def open_spark(master: str) -> Iterator[SparkSession]:
    """A session on a master such as `local[2]` or `spark://host:7077`; stopped at the end.

    Raises:
        ConfigurationError: it does not start.
        CopytasterError: a job in it failed.
    """
    from pyspark.sql import SparkSession as Session

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    logging.getLogger("py4j").setLevel(logging.WARNING)
    builder = Session.builder.master(master).appName("copytaster archive group")
    for name, value in (_SETTINGS | (_LOCAL if master.startswith("local") else {})).items():
        builder = builder.config(name, value)
    if master.startswith("local"):
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    try:
        spark = builder.getOrCreate()
    except Exception as error:  # Spark raises whatever its Java side raised
        raise ConfigurationError(
            f"Spark does not start: {_first_line(error)}",
            resource=f"--master {master}",
            hint="local[2], or the address of a cluster such as spark://host:7077",
        ) from error
    spark.sparkContext.setLogLevel("ERROR")
    try:
        yield spark
    except CopytasterError:
        raise
    except Exception as error:
        raise CopytasterError(
            f"the job failed: {_first_line(error)}",
            resource=f"--master {master}",
            hint="the same command goes on after the last finished step",
        ) from error
    finally:
        spark.stop()


def _first_line(error: Exception) -> str:
    """What Spark says first; the rest is a stack of Java."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    told = [line for line in lines if not line.startswith("at ")]
    return (told[-1] if told and told[0].startswith("An error occurred") else told[0] if told else "")[:300]
