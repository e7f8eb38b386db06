"""The types of pandas that DuckDB holds alike.

Great Expectations sees the frame that `mlgate.artifacts.formats` reads. So a column of integers
with a null is one of floats here, NaN is null, and a column that pandas keeps as Python objects
has no values here at all, only nulls and others.
"""

from typing import TYPE_CHECKING, Any, Final

from mlgate.engines.duckdb_table import Column, Kind

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

BY_DTYPE: Final[dict[str, tuple[Kind, str]]] = {
    "int8": (Kind.INTEGER, "TINYINT"),
    "int16": (Kind.INTEGER, "SMALLINT"),
    "int32": (Kind.INTEGER, "INTEGER"),
    "int64": (Kind.INTEGER, "BIGINT"),
    "float64": (Kind.FLOAT, "DOUBLE"),
    "str": (Kind.TEXT, "VARCHAR"),
    "bool": (Kind.BOOLEAN, "BOOLEAN"),
    "datetime64[us]": (Kind.TIME, "TIMESTAMP"),
}
"""pandas' types that have the same values in DuckDB, with the kind and DuckDB's type."""


def dtype_of(arrow: "pa.DataType", given: str | None) -> str | None:
    """The type that pandas gives an Arrow type; None where it is Python objects, or is not certain.

    Args:
        arrow: The type in the file.
        given: The type that pandas had when it wrote the file, and restores.
    """
    import pyarrow as pa

    if pa.types.is_string(arrow) or pa.types.is_large_string(arrow):
        return "str" if given in {None, "object", "str"} else None
    if arrow == pa.timestamp("us"):
        return "datetime64[us]" if given in {None, "datetime64[us]"} else None
    name = {"double": "float64"}.get(str(arrow), str(arrow))
    if name not in BY_DTYPE:
        return None
    # Nulls make pandas write another type than it would read back.
    return name if given in {None, name, "float64", "object"} else None


def with_nulls(dtype: str, nulls: int) -> str:
    """The type that pandas gives a column of some type where it has nulls."""
    if not nulls:
        return dtype
    return "object" if dtype == "bool" else "float64"


def expression(column: Column) -> str:
    """How the view selects a column of the source, which has the same name there."""
    name = column.sql.text
    if column.kind is Kind.FLOAT:
        return f"CASE WHEN isnan({name}::DOUBLE) THEN NULL ELSE {name}::DOUBLE END AS {name}"
    if column.kind is Kind.OTHER:
        return f"CASE WHEN {name} IS NULL THEN NULL ELSE 1 END AS {name}"
    return name


def array_of(series: "pd.Series[Any]", dtype: str) -> "pa.Array":
    """A column's values; of a column of objects, whether there is one."""
    import pyarrow as pa

    if dtype in BY_DTYPE and dtype != "str":
        return pa.array(series, from_pandas=True)
    if dtype == "str":
        return pa.array(series, type=pa.large_string(), from_pandas=True)
    return pa.array(series.notna(), mask=series.isna())
