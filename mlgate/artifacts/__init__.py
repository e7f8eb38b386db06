"""What a run reads: work trees, data sets and models."""

from collections.abc import Mapping

DATA_FORMATS: Mapping[str, str] = {
    "csv": "mlgate.artifacts.formats:read_csv",
    "jsonl": "mlgate.artifacts.formats:read_jsonl",
    "parquet": "mlgate.artifacts.formats:read_parquet",
}
"""Data formats by name: `module:function`, imported when it is used."""
