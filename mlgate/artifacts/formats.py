"""Readers of data files, one function a format: a path in, a pandas frame out."""

from pathlib import Path
from typing import TYPE_CHECKING

from mlgate import registry
from mlgate.artifacts import DATA_FORMATS
from mlgate.errors import DataNotReadable
from mlgate.privacy import foreign

if TYPE_CHECKING:
    import pandas as pd

SUFFIXES = {
    ".csv": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
"""The format that a file's name tells."""

LFS_POINTER = b"version https://git-lfs.github.com/spec/"


def read(path: Path, format: str | None = None) -> "pd.DataFrame":  # noqa: A002  # as in mlgate.yml
    """A whole data file.

    Args:
        path: The file.
        format: A key of `DATA_FORMATS`; None goes by the file's name.

    Raises:
        DataNotReadable: The file is missing, empty, truncated, or of another format.
    """
    require_content(path)
    name = format or SUFFIXES.get(path.suffix.lower())
    if name is None:
        raise DataNotReadable(
            f"{path.name}: its name does not tell the format",
            remedy=f"end it in one of {', '.join(SUFFIXES)}, or give its `format`",
        )
    try:
        frame: pd.DataFrame = registry.load(DATA_FORMATS, name)(path)
    except (ValueError, OSError) as error:  # what pandas and pyarrow raise for a damaged file
        raise DataNotReadable(
            f"{path.name} cannot be read as {name}: {foreign(str(error)[:300])}",
            cause="the file is truncated, damaged, or of another format than its name says",
            remedy="open it with pandas to see the same error, then write it again",
        ) from error
    return frame


def require_content(path: Path) -> None:
    """Make sure that a file is there and is not a stand-in for its content.

    Raises:
        DataNotReadable: It is missing, empty, or there is only a pointer to it.
    """
    try:
        with path.open("rb") as file:
            start = file.read(len(LFS_POINTER))
    except OSError as error:
        pointer = path.with_name(f"{path.name}.dvc")
        if pointer.exists():
            raise DataNotReadable(
                f"{path.name} is not here, only its DVC pointer {pointer.name}",
                cause="DVC keeps the file outside of git",
                remedy=f"run `dvc pull {pointer.name}` in a step before mlgate",
            ) from error
        raise DataNotReadable(
            f"{path.name} cannot be opened: {error.strerror}",
            cause="the path in mlgate.yml is mistyped, or the file is not in the repository",
            remedy="paths start at the folder of mlgate.yml",
        ) from error
    if not start:
        raise DataNotReadable(
            f"{path.name} is empty (0 bytes)",
            cause="the step that writes it failed half way",
            remedy="write it again; nothing can be checked on it",
        )
    if start == LFS_POINTER:
        raise DataNotReadable(
            f"{path.name} is a Git LFS pointer, not the file itself",
            cause="the repository was checked out without LFS",
            remedy="set `lfs: true` for actions/checkout, or run `git lfs pull`",
        )


def read_csv(path: Path) -> "pd.DataFrame":
    """Comma-separated values with a header, UTF-8, types as `pandas.read_csv` infers them.

    Numbers are the nearest floats, which those of pandas' default parser are only since 3.1. A type
    is inferred from a whole column, not block by block: else a large file's column could mix types.
    """
    import pandas as pd

    if tuple(map(int, pd.__version__.split(".")[:2])) >= (3, 1):
        return pd.read_csv(path, low_memory=False)
    return pd.read_csv(path, low_memory=False, float_precision="round_trip")


def read_parquet(path: Path) -> "pd.DataFrame":
    """Apache Parquet."""
    import pandas as pd

    return pd.read_parquet(path, engine="pyarrow")


def read_jsonl(path: Path) -> "pd.DataFrame":
    """One JSON object a line.

    Numbers are the nearest floats, but in a file with numbers too small for pandas' exact parser.
    """
    import pandas as pd

    try:
        return pd.read_json(path, lines=True, precise_float=True)
    except ValueError:
        return pd.read_json(path, lines=True)
