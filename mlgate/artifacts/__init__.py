"""What a run reads: work trees, data sets and models."""

from collections.abc import Mapping

DATA_FORMATS: Mapping[str, str] = {
    "csv": "mlgate.artifacts.formats:read_csv",
    "jsonl": "mlgate.artifacts.formats:read_jsonl",
    "parquet": "mlgate.artifacts.formats:read_parquet",
}
"""Data formats by name: `module:function`, imported when it is used."""

MODEL_FORMATS: Mapping[str, str] = {
    "pickle": "mlgate.sandbox.loaders.pickled",
    "skops": "mlgate.sandbox.loaders.skops",
    "onnx": "mlgate.sandbox.loaders.onnx",
    "xgboost": "mlgate.sandbox.loaders.xgboost",
    "lightgbm": "mlgate.sandbox.loaders.lightgbm",
    "catboost": "mlgate.sandbox.loaders.catboost",
    "mlflow": "mlgate.sandbox.loaders.mlflow",
    "predictions": "mlgate.sandbox.loaders.predictions",
    "function": "mlgate.sandbox.loaders.function",
    "endpoint": "mlgate.sandbox.loaders.endpoint",
}
"""Model formats by name: the module that loads it, in the model's process."""
