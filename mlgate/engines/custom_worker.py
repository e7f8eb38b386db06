"""The process in which expectation classes of the repository run; see `mlgate.engines.custom`.

Called with two files: the question, and where to write the answer.
"""

import importlib.util
import json
import os
import sys
import traceback
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from mlgate import registry
from mlgate.artifacts import formats
from mlgate.artifacts.interface import DataSet
from mlgate.config.model import DataSpec
from mlgate.engines import ENGINES
from mlgate.engines.interface import Engine, ExpectationResult
from mlgate.engines.result_format import ResultFormat
from mlgate.engines.suite import ExpectationSpec, Suite
from mlgate.errors import MlgateError
from mlgate.results import jsonable


class CannotLoad(Exception):
    """A module of the repository is not usable; the message is for its author."""


def main(question: Path, answer: Path) -> None:
    """Answer a question, whatever the classes raise."""
    try:
        told = respond(json.loads(question.read_text(encoding="utf-8")))
    except (CannotLoad, MlgateError) as error:
        told = {"error": str(error)}
    except BaseException as error:  # noqa: BLE001  # sys.exit in a class is an answer, too
        told = {"error": _raised(error, {})}
    text = json.dumps(jsonable(told), allow_nan=False)
    unfinished = answer.with_suffix(".part")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(answer)
    os._exit(0)  # a thread or an exit handler of the classes must not undo it


def respond(question: Mapping[str, Any]) -> dict[str, Any]:
    """Load the modules and validate their expectations.

    Raises:
        CannotLoad: A module does not import, or takes a name of Great Expectations.
    """
    known = load(question["modules"], question["root"])
    specs = [
        ExpectationSpec(
            type=item["type"],
            kwargs=item["kwargs"],
            result_format=ResultFormat.model_validate(item["result_format"]),
        )
        for item in question["expectations"]
    ]
    unknown = sorted({spec.type for spec in specs} - known)
    if unknown:
        return {"unknown": unknown, "known": sorted(known)}
    spec = DataSpec.model_validate(question["spec"])
    data = DataSet(
        name=question["name"],
        spec=spec,
        side=question["side"],
        path=Path(question["path"]),
        read=partial(formats.read, format=spec.format),
    )
    engine: Engine = registry.load(ENGINES, question["engine"])()
    seen = engine.validate(data, Suite(name="suite", expectations=tuple(specs)))
    return {"results": [_told(result) for result in seen.results]}


def load(modules: Mapping[str, str], root: str) -> set[str]:
    """Import modules; the types of expectations that they define.

    Raises:
        CannotLoad: One does not import, or takes a name of Great Expectations.
    """
    before = dict(_registered())
    own: set[str] = set()
    sys.path.append(root)
    for number, (shown, path) in enumerate(modules.items()):
        sys.path.append(str(Path(path).parent))
        name = f"expectations_{number}_{Path(path).stem}"
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            raise CannotLoad(f"{shown} is no Python file")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
        except BaseException as error:  # sys.exit and endless recursion among them
            raise CannotLoad(_raised(error, {path: shown})) from error
        after = dict(_registered())
        taken = [name for name in before if after.get(name) is not before[name]]
        if taken:
            kind, given = taken[0][:2]
            raise CannotLoad(
                f"{shown} replaces the {kind} {given} of Great Expectations: give it another name"
            )
        own |= {name[1] for name in after.keys() - before.keys() if name[0] == "expectation"}
    return own


def _registered() -> Iterator[tuple[tuple[str, ...], Any]]:
    """Everything that Great Expectations finds by name, with what it finds."""
    import great_expectations.expectations
    from great_expectations.expectations import registry as theirs

    del great_expectations  # imported for its classes
    for name, kind in theirs._registered_expectations.items():  # noqa: SLF001  # it has no other
        yield ("expectation", name), kind
    for name, metric in theirs._registered_metrics.items():  # noqa: SLF001
        for engine, provider in metric["providers"].items():
            yield ("metric", name, engine), provider[0]


def _raised(error: BaseException, shown: Mapping[str, str]) -> str:
    """An exception in a line, with the last place in a file of the repository."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename in shown]
    where = f"{shown[own[-1].filename]}:{own[-1].lineno}: " if own else ""
    return f"{where}{type(error).__name__}: {error}"


def _told(result: ExpectationResult) -> dict[str, Any]:
    told = {name: item for name, item in vars(result).items() if name != "expectation"}
    rows: Any = result.gx.get("unexpected_rows")
    if hasattr(rows, "to_dict"):
        told["gx"] = {**result.gx, "unexpected_rows": rows.to_dict("records")}
    return told


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
