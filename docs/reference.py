"""Write the parts of the documentation that the code already states.

`python docs/reference.py` writes docs/configuration.md, docs/commands.md,
docs/expectations.md and docs/inputs.md; a test holds that they are current.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from mlgate import cli, registry
from mlgate.checks import CHECKS
from mlgate.checks.interface import Check
from mlgate.config.model import DataSpec, Document, ModelSpec, Policy
from mlgate.config.schema import config_schema
from mlgate.engines.catalogue import DIFFERENCES, GX_ONLY, LEFT, NATIVE

ROOT = Path(__file__).parent.parent
NOTE = "<!-- Written by `make docs` from the code: change the docstrings there. -->\n"

CONFIGURATION = """\
# mlgate.yml

Every key. With this line at the top of the file, an editor completes it:

    # yaml-language-server: $schema=https://raw.githubusercontent.com/org/mlgate/v1/schemas/mlgate.schema.json

Unknown keys are errors. All problems are reported at once, each with its line and column. Paths
start at the folder of mlgate.yml.
"""  # a URL


def main() -> None:
    """Write every page."""
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")


def pages() -> dict[Path, str]:
    """The text of every generated page."""
    return {
        ROOT / "docs" / "configuration.md": configuration(),
        ROOT / "docs" / "commands.md": commands(),
        ROOT / "docs" / "expectations.md": expectations(),
        ROOT / "docs" / "inputs.md": inputs(),
    }


def configuration() -> str:
    """Every key of mlgate.yml."""
    schema = config_schema(CHECKS)
    parts = [
        NOTE,
        CONFIGURATION,
        section("## Top level", schema, Document.__doc__ or "", schema),
    ]
    for title, model in (
        ("`data.<name>`", DataSpec),
        ("`models.<name>`", ModelSpec),
        ("`policy`", Policy),
    ):
        own = schema["$defs"][model.__name__]
        parts.append(section(f"## {title}", own, model.__doc__ or "", schema))
    parts.append("## `checks`\n\nEach entry has a `type`, an optional `id` and a `severity`.\n")
    for name in CHECKS:
        kind: type[Check] = registry.load(CHECKS, name)
        parts.append(
            section(f"### {name}", schema["$defs"][f"check-{name}"], kind.__doc__ or "", schema)
        )
        parts.extend(nested(schema["$defs"][f"check-{name}"], schema, seen=set()))
    return "\n".join(parts)


def nested(own: dict[str, Any], schema: dict[str, Any], *, seen: set[str]) -> Iterator[str]:
    """The mappings that a check's parameters hold."""
    for name in references(own):
        if name not in seen:
            seen.add(name)
            inner = schema["$defs"][name]
            if "properties" in inner:
                yield section(f"#### {name}", inner, inner.get("description", ""), schema)
            yield from nested(inner, schema, seen=seen)


def references(value: Any) -> Iterator[str]:
    """The definitions that a schema points to, in order."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "$ref":
                yield inner.rpartition("/")[2]
            elif key != "mapping":  # a discriminator repeats what `oneOf` says
                yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def section(title: str, own: dict[str, Any], text: str, schema: dict[str, Any]) -> str:
    """A table of the keys of one mapping."""
    rows = [
        f"| `{key}` | {type_of(value)} | {default(key, value, own)} | "
        f"{one_line(value.get('description') or described(value, schema))} |"
        for key, value in own["properties"].items()
    ]
    table = ["| key | type | default | meaning |", "|---|---|---|---|", *rows]
    return "\n".join([title, "", cleaned(text), "", *table, ""])


def described(value: dict[str, Any], schema: dict[str, Any]) -> str:
    """The description of what a key points to."""
    return next((schema["$defs"][n].get("description", "") for n in references(value)), "")


def type_of(value: dict[str, Any]) -> str:
    """A schema's type in words."""
    if "const" in value:
        return f"`{value['const']}`"
    if "enum" in value:
        return " \\| ".join(f"`{item}`" for item in value["enum"])
    if "$ref" in value:
        return value["$ref"].rpartition("/")[2]
    for union in ("anyOf", "oneOf"):
        if union in value:
            options = [type_of(item) for item in value[union] if item.get("type") != "null"]
            return " \\| ".join(dict.fromkeys(options))
    kind = value.get("type")
    if kind == "array":
        return f"list of {type_of(value.get('items', {}))}"
    if kind == "object":
        inner = value.get("additionalProperties")
        inner = inner or next(iter(value.get("patternProperties", {}).values()), {})
        return f"mapping of {type_of(inner)}" if isinstance(inner, dict) and inner else "mapping"
    words = {"string": "text", "integer": "whole number", "boolean": "true \\| false"}
    return words.get(str(kind), str(kind or "any"))


def default(key: str, value: dict[str, Any], own: dict[str, Any]) -> str:
    """A key's default, or that it has none."""
    if key in own.get("required", ()):
        return "required"
    given = value.get("default")
    return f"`{yaml.safe_dump(given, default_flow_style=True).split(chr(10))[0]}`" if given else ""


def one_line(text: str) -> str:
    """Text for a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def cleaned(text: str) -> str:
    """A docstring without its indentation."""
    lines = text.expandtabs().splitlines()
    indent = min((len(x) - len(x.lstrip()) for x in lines[1:] if x.strip()), default=0)
    return "\n".join([lines[0].strip(), *(line[indent:].rstrip() for line in lines[1:])]).strip()


def commands() -> str:
    """`--help` of every command."""
    parts = [NOTE, "# Commands\n", EXIT_CODES]
    # argparse has no public way to its commands.
    actions = cli.parser()._actions  # noqa: SLF001
    subparsers = next(a for a in actions if isinstance(a.choices, dict))
    for name, command in subparsers.choices.items():
        parts.append(f"## mlgate {name}\n\n```text\n{help_of(command)}```\n")
    return "\n".join(parts)


EXIT_CODES = """\
| exit code | meaning |
|---|---|
| 0 | passed |
| 1 | the gate failed |
| 2 | the command line or mlgate.yml is wrong |
| 3 | nothing was checked |
| 4 | a check could not run, and the policy says that fails |
| 70 | a bug in mlgate; it prints a report that is ready to paste |
"""


def help_of(command: argparse.ArgumentParser) -> str:
    """A command's help, the same on every terminal and Python."""
    command.formatter_class = lambda prog: argparse.HelpFormatter(prog, width=88)
    return command.format_help()


def inputs() -> str:
    """The inputs and outputs of action.yml."""
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    lines = [
        NOTE,
        "# Inputs and outputs of the action\n",
        "| input | default | meaning |",
        "|---|---|---|",
    ]
    lines += [
        f"| `{name}` | {code(spec.get('default'))} | {one_line(spec['description'])} |"
        for name, spec in action["inputs"].items()
    ]
    lines += ["", "| output | meaning |", "|---|---|"]
    lines += [f"| `{n}` | {one_line(s['description'])} |" for n, s in action["outputs"].items()]
    return "\n".join([*lines, ""])


EXPECTATIONS = f"""\
{NOTE}
# Who decides an expectation

DuckDB decides an expectation in a few queries over the file where verdict and counts are those of
Great Expectations on pandas; a differential test holds that. Every other one is decided by Great
Expectations itself, which takes seconds to import and is imported only then. `engine` in a
finding's details says who decided.

Text, flags, floats of 32 and 64 bits, signed integers, unsigned ones of up to 32 bits, dates, times
without a zone, and pandas' nullable integers, flags and texts are DuckDB's to decide. Of other
types it only counts the nulls.

A row condition is read in pandas' language, in Great Expectations' own and as an object, where it
is made of plain comparisons of columns with values and tests for nulls: with `and`, `or`, `not`,
`&`, `|`, `~` and parentheses. Times compare by `<`, `<=`, `>` and `>=` with ISO text.
"""


def expectations() -> str:
    """Who decides each expectation."""
    native = [f"| `{kind}` | {one_line(where)} |" for kind, where in sorted(NATIVE.items())]
    others = [f"| `{kind}` | {one_line(why)} |" for kind, why in sorted(GX_ONLY.items())]
    return "\n".join(
        [
            EXPECTATIONS,
            f"## DuckDB: {len(native)} of {len(native) + len(others)}\n",
            "| expectation | where |",
            "|---|---|",
            *native,
            f"\n## Great Expectations: {len(others)}, and whatever is not named above\n",
            "| expectation | why |",
            "|---|---|",
            *others,
            "\n## Types of columns that are Great Expectations'\n",
            "| type | why |",
            "|---|---|",
            *(f"| {kind} | {one_line(why)} |" for kind, why in LEFT.items()),
            "\n## Where mlgate answers otherwise\n",
            "On purpose, and held by a test each. Anything else that differs is a bug.\n",
            "| | Great Expectations | mlgate |",
            "|---|---|---|",
            *(f"| {d.subject} | {one_line(d.theirs)} | {one_line(d.ours)} |" for d in DIFFERENCES),
            "",
        ]
    )


def code(value: object) -> str:
    """A value as code; nothing for none."""
    return f"`{value}`" if value else ""


if __name__ == "__main__":
    sys.exit(main())
