"""Tables in a SQLite file, and data sets over them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa

from mlgate.artifacts.interface import DataSet
from mlgate.artifacts.sql import SqlTable
from mlgate.config.model import DataSpec


def write(
    file: Path, table: str, frame: pd.DataFrame, types: Mapping[str, Any] | None = None
) -> None:
    """Add a table to a SQLite file."""
    engine = sa.create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        frame.to_sql(table, connection, index=False, dtype=dict(types or {}))
    engine.dispose()


def data_set(
    folder: Path, *, environment: Mapping[str, str] | None = None, name: str = "data", **sql: Any
) -> DataSet:
    """A data set in a database; a relative SQLite path starts at the folder."""
    spec = DataSpec.model_validate({"sql": {"url": "sqlite:///data.sqlite", **sql}})
    assert spec.sql is not None
    table = SqlTable(name=name, spec=spec.sql, directory=folder, environment=environment or {})
    return DataSet(
        name=name,
        spec=spec,
        side="head",
        path=Path("-"),
        read=lambda _: table.frame(),
        sql=table,
        environment=environment or {},
    )
