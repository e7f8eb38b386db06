"""Expectation classes of the repository, in a process of their own.

They are code that a stranger wrote: importing them may end the process, loop, or change Great
Expectations for every other suite. So `mlgate.engines.custom_worker` loads them, apart from the
run, without its environment, and its answer is data that is validated here.
"""

import json
import os
import stat
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pydantic import JsonValue, TypeAdapter, ValidationError

from mlgate.artifacts.interface import DataSet
from mlgate.config.load import nearest
from mlgate.config.model import DataSpec
from mlgate.engines.catalogue import EXPECTATIONS
from mlgate.engines.interface import ExpectationResult
from mlgate.engines.suite import ExpectationSpec
from mlgate.engines.validation import Modules
from mlgate.errors import ExpectationModuleFailed, SuiteNotReadable
from mlgate.privacy import foreign
from mlgate.sandbox.ending import Output, name_ending, stop, wait
from mlgate.sandbox.isolation import git_folder, isolate
from mlgate.sandbox.text import one_line

WORKER: Final = "mlgate.engines.custom_worker"
NEEDED: Final = ("mlgate", "great_expectations", "pandas", "pyarrow")
"""Packages that the worker imports."""
LARGEST_ANSWER: Final = 64 << 20
"""Bytes of an answer beyond which it is not read."""


@dataclass(frozen=True, kw_only=True)
class Answered:
    """One expectation's result, as the worker writes it."""

    success: bool
    exception_message: str | None
    considered: int | None
    element_count: int | None
    unexpected_count: int | None
    unexpected_percent: float | None
    missing_count: int | None
    observed_value: JsonValue
    partial_unexpected_list: list[JsonValue]
    partial_missing_list: list[JsonValue]
    details: dict[str, JsonValue]
    gx: dict[str, JsonValue]
    raised: dict[str, JsonValue] | None
    engine: str


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the worker writes."""

    error: str | None = None
    """What is wrong with the modules, with the place where it is known."""
    unknown: list[str] = field(default_factory=list)
    """Types of expectations that no module defines."""
    known: list[str] = field(default_factory=list)
    """Types that the modules define."""
    results: list[Answered] = field(default_factory=list)


def run(
    name: str, data: DataSet, specs: Sequence[ExpectationSpec], modules: Modules
) -> list[ExpectationResult]:
    """Results of expectations that are classes of the repository, one for each.

    Args:
        name: The engine, a key of `ENGINES`.
        data: The data.
        specs: The expectations.
        modules: Where their classes are defined.

    Raises:
        ExpectationModuleFailed: The classes cannot be loaded, or their process ended.
        SuiteNotReadable: No module defines an expectation.
    """
    if not modules.files:
        raise _unknown(specs, [])
    with ExitStack() as stack:
        single = data.path if data.path is not None and data.path.is_file() else None
        reads = [modules.root, *modules.files.values(), *filter(None, [single])]
        isolation = isolate([sys.executable], reads=reads, packages=NEEDED)
        stack.callback(isolation.close)
        scripts = isolation.folder / "scripts"
        spec, path = (data.spec, single) if single else _as_file(data, scripts)
        question = scripts / "question.json"
        asked = _question(name, data, specs, modules) | {
            "spec": spec.model_dump(mode="json"),
            "path": str(path.resolve()),
        }
        question.write_text(json.dumps(asked), encoding="utf-8")
        question.chmod(0o644)
        written = isolation.scratch / "answer.json"
        process = isolation.start(
            [sys.executable, "-I", "-B", "-m", WORKER, str(question), str(written)],
            cwd=modules.root,
            hidden=git_folder(modules.root),
        )
        output = Output(process)
        stack.callback(output.close)
        stack.callback(stop, process)
        in_time = wait(process, output, modules.seconds)
        stop(process)
        files = ", ".join(modules.files)
        if not in_time:
            raise ExpectationModuleFailed(
                f"the expectations of {files} were stopped: they took longer than "
                f"{modules.seconds:g} seconds.{output.quoted()}",
                cause="a class or its module does not come to an end, or the data are large",
                remedy="raise the check's `timeout`, or make the expectation faster",
            )
        answer = _read(written)
        if answer is None or (answer.error is None and process.returncode != 0):
            ending = name_ending(process.returncode)
            raise ExpectationModuleFailed(
                f"the process of {files} {ending.what} before it had answered.{output.quoted()}",
                cause=ending.cause,
                remedy=ending.remedy,
            )
    return _results(answer, specs, files)


def _results(
    answer: Answer, specs: Sequence[ExpectationSpec], files: str
) -> list[ExpectationResult]:
    if answer.error is not None:
        raise ExpectationModuleFailed(
            f"the expectations of {files} cannot be used: {foreign(one_line(answer.error, 500))}",
            cause="the module does not import in mlgate's environment, or is mistaken",
            remedy="import it with Python where mlgate is installed, to see the whole traceback",
        )
    if answer.unknown:
        raise _unknown([s for s in specs if s.type in answer.unknown], answer.known)
    if len(answer.results) != len(specs):
        raise ExpectationModuleFailed(
            f"the process of {files} answered {len(answer.results)} of {len(specs)} expectations",
            cause="the code of the classes interferes with Great Expectations or with mlgate",
            remedy="let an expectation class do nothing but judge its data",
        )
    return [
        ExpectationResult(expectation=spec, **_fields(answered))
        for spec, answered in zip(specs, answer.results, strict=True)
    ]


def _fields(answered: Answered) -> dict[str, Any]:
    lists = ("partial_unexpected_list", "partial_missing_list")
    return vars(answered) | {name: tuple(getattr(answered, name)) for name in lists}


def _unknown(specs: Sequence[ExpectationSpec], known: Sequence[str]) -> SuiteNotReadable:
    """An expectation that nobody defines, with its place and the nearest name."""
    lines = []
    for spec in specs:
        where = f"{spec.location.file}:{spec.location.line}: " if spec.location else ""
        hint = nearest(spec.type, [*EXPECTATIONS, *known])
        defined = f"; `expectation_modules` define {', '.join(known) or 'none'}"
        lines.append(f"{where}there is no expectation {spec.type[:100]!r}{hint or defined[:300]}")
    return SuiteNotReadable(
        "\n".join(lines),
        cause="the name is mistyped, or the class is defined elsewhere; a class named ExpectAToB "
        "is the expectation expect_a_to_b",
        remedy="correct the name, or name the module in `expectation_modules`",
    )


def _as_file(data: DataSet, folder: Path) -> tuple[DataSpec, Path]:
    """The rows of data that are no single file of this machine, as one."""
    import pyarrow as pa

    path = folder / "data.parquet"
    try:
        data.frame.to_parquet(path, engine="pyarrow")
    except (pa.ArrowException, ValueError, TypeError) as error:
        raise ExpectationModuleFailed(
            f"the rows of {data.name} cannot be handed to expectation classes: "
            f"{foreign(one_line(error))}",
            cause="a column mixes types, such as numbers and text",
            remedy="give each column one type",
        ) from error
    path.chmod(0o644)
    return DataSpec(path=path.name, format="parquet"), path


def _question(
    name: str, data: DataSet, specs: Sequence[ExpectationSpec], modules: Modules
) -> dict[str, Any]:
    return {
        "engine": "gx" if name == "auto" else name,
        "name": data.name,
        "side": data.side,
        "modules": {shown: str(path.resolve()) for shown, path in modules.files.items()},
        "root": str(modules.root.resolve()),
        "expectations": [
            {
                "type": spec.type,
                "kwargs": dict(spec.kwargs),
                "result_format": spec.result_format.model_dump(mode="json"),
            }
            for spec in specs
        ],
    }


def _read(path: Path) -> Answer | None:
    """The answer; None where there is none. The classes' code may have written it."""
    try:
        with open(path, "rb", opener=_open) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return None
            text = file.read(LARGEST_ANSWER + 1)
        return TypeAdapter(Answer).validate_json(text) if len(text) <= LARGEST_ANSWER else None
    except (OSError, ValidationError, RecursionError):
        return None


def _open(path: str, flags: int) -> int:
    """Open no link to a file that only mlgate may read, and wait at no pipe."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)
