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
    "uint8": (Kind.INTEGER, "UTINYINT"),
    "uint16": (Kind.INTEGER, "USMALLINT"),
    "uint32": (Kind.INTEGER, "UINTEGER"),
    "Int8": (Kind.INTEGER, "TINYINT"),
    "Int16": (Kind.INTEGER, "SMALLINT"),
    "Int32": (Kind.INTEGER, "INTEGER"),
    "Int64": (Kind.INTEGER, "BIGINT"),
    "float32": (Kind.SINGLE, "FLOAT"),
    "float64": (Kind.FLOAT, "DOUBLE"),
    "str": (Kind.TEXT, "VARCHAR"),
    "string": (Kind.TEXT, "VARCHAR"),
    "bool": (Kind.BOOLEAN, "BOOLEAN"),
    "boolean": (Kind.BOOLEAN, "BOOLEAN"),
    "datetime64[s]": (Kind.TIME, "TIMESTAMP"),
    "datetime64[ms]": (Kind.TIME, "TIMESTAMP"),
    "datetime64[us]": (Kind.TIME, "TIMESTAMP"),
    "datetime64[ns]": (Kind.TIME, "TIMESTAMP_NS"),
    "date": (Kind.DATE, "DATE"),
}
"""pandas' types that have the same values in DuckDB, with the kind and DuckDB's type.

`date` is our name for objects that are all dates.
"""
_TEXTS: Final = frozenset({"str", "string"})
_EXTENSIONS: Final = frozenset({"Int8", "Int16", "Int32", "Int64", "boolean"})
"""pandas' types with nulls of their own that a file's metadata names; as text, `string`."""


def dtype_of(arrow: "pa.DataType", given: str | None) -> str | None:
    """The type that pandas gives an Arrow type; None where it is Python objects, or is not certain.

    Args:
        arrow: The type in the file.
        given: The type that pandas had when it wrote the file, and restores.
    """
    import pyarrow as pa

    if pa.types.is_string(arrow) or pa.types.is_large_string(arrow):
        if given == "string":
            return "string"
        return "str" if given in {None, "object", "str"} else None
    if pa.types.is_timestamp(arrow) and arrow.tz is None:
        name = f"datetime64[{arrow.unit}]"
        return name if given in {None, name} else None
    if arrow == pa.date32():
        return "date" if given in {None, "object"} else None
    name = {"double": "float64", "float": "float32"}.get(str(arrow), str(arrow))
    if name not in BY_DTYPE:
        return None
    if given in _EXTENSIONS:
        return given if given == {"bool": "boolean"}.get(name, name.title()) else None
    # Nulls make pandas write another type than it would read back.
    return name if given in {None, name, "float64", "object"} else None


def changes_with_nulls(dtype: str | None) -> bool:
    """Whether pandas gives a column of some type another one where it has nulls."""
    return dtype == "bool" or (dtype or "").startswith(("int", "uint"))


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
    if column.kind is Kind.SINGLE:
        return f"CASE WHEN isnan({name}) THEN NULL ELSE {name} END AS {name}"
    if column.dtype == "datetime64[ns]":  # Python's times are to the microsecond
        finer = f"epoch_ns({name}) % 1000 <> 0"
        return (
            f"CASE WHEN {finer} THEN error('a time is finer than a microsecond') "
            f"ELSE {name}::TIMESTAMP END AS {name}"
        )
    if column.kind is Kind.TIME:
        return f"{name}::TIMESTAMP AS {name}"
    if column.kind is Kind.OTHER:
        return f"CASE WHEN {name} IS NULL THEN NULL ELSE 1 END AS {name}"
    return name


def series_dtype(series: "pd.Series[Any]") -> str:
    """The type of a column that pandas holds; `date` where its objects are all dates."""
    from pandas.api.types import infer_dtype

    name = str(series.dtype)
    dates = name == "object" and infer_dtype(series, skipna=True) == "date"
    return "date" if dates else name


def array_of(series: "pd.Series[Any]", dtype: str) -> "pa.Array":
    """A column's values; of a column of objects, whether there is one."""
    import pyarrow as pa

    if dtype == "date":
        return pa.array(series, type=pa.date32(), from_pandas=True)
    if dtype in BY_DTYPE and dtype not in _TEXTS:
        return pa.array(series, from_pandas=True)
    if dtype in _TEXTS:
        return pa.array(series, type=pa.large_string(), from_pandas=True)
    return pa.array(series.notna(), mask=series.isna())
