"""The command line: `main` maps every error to its exit code."""

import argparse
import gc
import io
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mlgate import __version__
from mlgate.errors import DOCS, ExitCode, MlgateError

if TYPE_CHECKING:
    from mlgate.results import RunResult

Command = Callable[[argparse.Namespace, Mapping[str, str]], int]


def main(argv: Sequence[str] | None = None, environment: Mapping[str, str] | None = None) -> int:
    """Run one command and return its exit code."""
    gc.set_threshold(100_000)  # most of what a start makes stays; looking through it takes a while
    # pydantic would look for plugins in the metadata of every installed distribution.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    arguments = parser().parse_args(argv)
    if isinstance(sys.stdout, io.TextIOWrapper):  # a log may be ASCII only
        sys.stdout.reconfigure(errors="replace")
    command: Command = arguments.command
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a cancelled job cleans up, too
    try:
        return int(command(arguments, os.environ if environment is None else environment))
    except MlgateError as error:
        print(f"mlgate: {error.explain()}", file=sys.stderr)
        return int(error.exit_code)
    except BrokenPipeError:  # the reader of our output went away, as `mlgate … | head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except KeyboardInterrupt:
        print("mlgate: interrupted", file=sys.stderr)
        return 128 + signal.SIGINT
    except Exception:  # noqa: BLE001  # the last resort: a report that is ready to paste
        report_bug(traceback.format_exc())
        return int(ExitCode.BUG)


def report_bug(trace: str) -> None:
    """Print what a bug report needs."""
    python = ".".join(map(str, sys.version_info[:3]))
    print(
        f"mlgate: this is a bug in mlgate. Please paste what follows into a new issue at\n"
        f"{DOCS.removesuffix('/blob/main/docs')}/issues\n\n"
        f"mlgate {__version__}, Python {python}, {sys.platform}\n{trace}",
        file=sys.stderr,
    )


_FORMATS = (
    "console, json, markdown, junit, sarif, sonarqube-tests, sonarqube-issues, code-quality, badge"
)
"""The report formats, without importing them."""


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    root = argparse.ArgumentParser(
        prog="mlgate", description="A quality gate for machine-learning pull requests."
    )
    root.add_argument("--version", action="version", version=f"mlgate {__version__}")
    commands = root.add_subparsers(metavar="COMMAND", required=True)

    run = _command(commands, "run", run_command, "Run the gate and write the result.")
    _where(run)
    _choice(run)
    run.add_argument("--report-dir", type=Path, metavar="DIR", help="default: .mlgate")
    run.add_argument(
        "--formats",
        default="",
        metavar="LIST",
        help=f"more reports to write, separated by commas: {_FORMATS}",
    )
    run.add_argument("--requirements", metavar="FILE", help="for models that name none")
    run.add_argument("--git-dir", type=Path, help=argparse.SUPPRESS)
    run.add_argument("--change", help=argparse.SUPPRESS)

    plan = _command(
        commands, "plan", plan_command, "Print what `run` would check, and run nothing."
    )
    _where(plan)
    plan.add_argument("--only", action="append", default=[], metavar="ID", help="only this check")

    validate = _command(commands, "validate", validate_command, "Check mlgate.yml.")
    _where(validate)

    schema = _command(commands, "schema", schema_command, "Print the JSON Schema of a file.")
    schema.add_argument("of", nargs="?", choices=["config", "behavior", "result"], default="config")

    report = _command(commands, "report", report_command, "Render a result file.")
    report.add_argument("result", type=Path, metavar="RESULT")
    report.add_argument(
        "--format", default="console", metavar="F", help=f"default: console; {_FORMATS}"
    )

    publish = _command(
        commands,
        "publish",
        publish_command,
        "Show a result file on the platform: comment, summary.",
    )
    publish.add_argument("--result", type=Path, required=True, metavar="RESULT")

    suggest = _command(commands, "suggest", suggest_command, "Write a first suite from data.")
    suggest.add_argument("data", type=Path, metavar="DATA", help="CSV, Parquet or JSON lines")
    suggest.add_argument("--output", type=Path, metavar="FILE", help="default: standard output")
    suggest.add_argument("--force", action="store_true", help="overwrite a file that exists")

    _command(commands, "action", action_command, "What the GitHub Action runs.")
    return root


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    function: Command,
    text: str,
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=text, description=text)
    command.set_defaults(command=function)
    return command


def _where(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--config", default="mlgate.yml", metavar="PATH", help="default: mlgate.yml"
    )
    command.add_argument("-C", dest="directory", type=Path, default=Path(), metavar="DIR",
                         help="go to this folder first")  # fmt: skip


def _choice(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--only", action="append", default=[], metavar="ID", help="only this check"
    )
    command.add_argument("--base", metavar="REF", help="branch, tag or commit to compare with")
    command.add_argument("--fail-on", choices=["error", "warning", "never"], default="error",
                         help="the least severity that fails; default: error")  # fmt: skip


def run_command(arguments: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """`mlgate run`."""
    from mlgate import pipeline
    from mlgate.context import Overrides, gather
    from mlgate.platforms import detect
    from mlgate.platforms.interface import Change
    from mlgate.progress import watch
    from mlgate.sandbox.isolation import protect_this_process

    protect_this_process()
    platform = detect(environment)
    context = gather(
        directory=arguments.directory,
        config=arguments.config,
        change=Change.from_json(arguments.change) if arguments.change else platform.change(),
        environment=environment,
        report_dir=arguments.report_dir,
        formats=pipeline.formats_in(arguments.formats),
        requirements=arguments.requirements,
        git_dir=arguments.git_dir,
    )
    overrides = Overrides(
        only=tuple(arguments.only), fail_on=arguments.fail_on, base=arguments.base
    )
    result = pipeline.gate(context, overrides, time.monotonic, watch(sys.stderr, platform))
    show(result)
    assert result.verdict is not None  # noqa: S101  # `gate` has judged
    if result.verdict.exit_code == ExitCode.BUG:
        traces = [check.traceback for check in result.checks if check.traceback]
        report_bug("\n".join(traces or result.verdict.reasons))
    return result.verdict.exit_code


def plan_command(arguments: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """`mlgate plan`."""
    from mlgate import pipeline
    from mlgate.context import Overrides, gather
    from mlgate.platforms.interface import Change

    context = gather(
        directory=arguments.directory,
        config=arguments.config,
        change=Change(event="local"),
        environment=environment,
    )
    plan = pipeline.plan_for(context, Overrides(only=tuple(arguments.only)))
    print(plan.describe())
    return int(ExitCode.PASSED if plan.steps else ExitCode.NOTHING_CHECKED)


def validate_command(arguments: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """`mlgate validate`."""
    arguments.only = []
    plan_command(arguments, environment)
    print(f"{arguments.config} is valid")
    return int(ExitCode.PASSED)


def schema_command(arguments: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """`mlgate schema`."""
    import json

    from mlgate import results
    from mlgate.checks import CHECKS
    from mlgate.config.schema import config_schema, included_schema

    del environment
    schemas: dict[str, Callable[[], object]] = {
        "config": lambda: config_schema(CHECKS),
        "behavior": lambda: included_schema(CHECKS, "behavior"),
        "result": results.json_schema,
    }
    print(json.dumps(schemas[arguments.of](), indent=2))
    return int(ExitCode.PASSED)


def report_command(arguments: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """`mlgate report`."""
    from mlgate import pipeline

    del environment
    formats = pipeline.formats_in(arguments.format)
    result = pipeline.read_result(arguments.result)
    for name in formats:
        if name == "console":
            show(result)
        else:
            print(pipeline.render(result, name))
    return int(ExitCode.PASSED)


def publish_command(arguments: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """`mlgate publish`: shows a result, and exits with that result's code."""
    from mlgate import pipeline
    from mlgate.platforms import detect
    from mlgate.reports import FILES

    result = pipeline.read_result(arguments.result)
    report = arguments.result.with_name(FILES["markdown"])
    publication = pipeline.publication(result, str(arguments.result), str(report))
    published = detect(environment).publish(publication)
    for problem in published.problems:
        print(f"mlgate: {problem}", file=sys.stderr)
    assert result.verdict is not None  # noqa: S101  # `read_result` makes sure
    return result.verdict.exit_code


def suggest_command(arguments: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """`mlgate suggest`."""
    from mlgate.engines.suggest import suggest
    from mlgate.errors import UsageError

    del environment
    text = suggest(arguments.data)
    if arguments.output is None:
        print(text, end="")
        return int(ExitCode.PASSED)
    try:
        with arguments.output.open("w" if arguments.force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise UsageError(
            f"{arguments.output} exists: it may hold what you know better",
            remedy="name another file with --output, or add --force",
        ) from error
    except OSError as error:
        raise UsageError(f"{arguments.output} cannot be written: {error.strerror}") from error
    return int(ExitCode.PASSED)


def action_command(arguments: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """`mlgate action`."""
    from mlgate import action

    del arguments
    return action.main(environment)


def show(result: "RunResult") -> None:
    """Print a result for a person: in colour on a terminal, plain elsewhere."""
    from mlgate.reports import console

    if sys.stdout.isatty():
        from rich.console import Console

        console.show(result, Console())
    else:
        print(console.render(result))
