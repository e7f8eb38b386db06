"""What is stated about the result file in more than one place is the same."""

import ast
import dataclasses
import json

import jsonschema
import pytest

from mlgate import results
from mlgate.results import json_schema, to_json
from tests.golden.cases import CASES
from tests.golden.files import ROOT, assert_golden

SCHEMA = "schemas/mlgate-result.schema.json"
PAGE = "docs/result.md"
SIMPLE = {
    "str": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "JsonValue": "any value",
    "Severity": "`error`, `warning`",
    "Side": "`head`, `base`",
}
START, END = "<!-- fields: generated -->", "<!-- end of fields -->"


def test_the_published_schema_is_the_one_of_the_code():
    assert_golden(SCHEMA, json.dumps(json_schema(), indent=2) + "\n")


@pytest.mark.parametrize("case", CASES)
def test_a_result_fits_the_published_schema(case):
    schema = json.loads((ROOT / SCHEMA).read_text())
    validator = jsonschema.validators.validator_for(schema)
    validator.check_schema(schema)
    validator(schema).validate(json.loads(to_json(CASES[case]())))


def test_a_result_with_an_unknown_outcome_does_not_fit():
    schema = json.loads((ROOT / SCHEMA).read_text())
    result = json.loads(to_json(CASES["all_green"]()))
    result["checks"][0]["outcome"] = "fine"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(result, schema)


def test_the_page_lists_every_field_with_its_description():
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    assert_golden(PAGE, f"{before}{START}\n\n{tables()}\n\n{END}{after}")


def tables() -> str:
    """A table for each part of a result, from the code and the texts below its fields."""
    return "\n\n".join(map(table, described()))


def table(node: ast.ClassDef) -> str:
    """A heading, a sentence, and a row for each field."""
    rows = []
    for line, text in zip(node.body, [*node.body[1:], None], strict=True):
        meaning = ast.literal_eval(text.value) if isinstance(text, ast.Expr) else ""
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
            rows.append((line.target.id, words(line.annotation), " ".join(meaning.split())))
        elif isinstance(line, ast.Assign):
            rows.append((ast.literal_eval(line.value), "", " ".join(meaning.split())))
    title = f"### {node.name}\n\n{ast.get_docstring(node)}\n"
    cells = [f"| `{name}` | {kind} | {meaning} |" for name, kind, meaning in rows]
    return "\n".join([title, "| field | type | meaning |", "|---|---|---|", *cells])


def words(annotation: ast.expr) -> str:
    """A type as a reader of JSON would say it."""
    match annotation:
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return f"{words(left)} or {words(right)}"
        case ast.Subscript(value=ast.Name(id="tuple"), slice=ast.Tuple(elts=[of, *rest])):
            ended = not isinstance(rest[0], ast.Constant)
            return f"list of {len(rest) + 1} {words(of)}s" if ended else f"list of {words(of)}"
        case ast.Subscript(value=ast.Name(id="dict")):
            return "object"
        case ast.Subscript(value=ast.Name(id="Literal"), slice=of):
            values = ast.literal_eval(of)
            return ", ".join(f"`{v}`" for v in (values if isinstance(values, tuple) else [values]))
        case ast.Constant(value=None):
            return "null"
        case ast.Name(id=name) if name in SIMPLE:
            return SIMPLE[name]
        case ast.Name(id=name):
            return f"[{name}](#{name.lower()})"
    raise AssertionError(f"no words for {ast.unparse(annotation)}")


def described() -> list[ast.ClassDef]:
    """The parts of a result, the whole first."""
    tree = ast.parse((ROOT / "mlgate/results.py").read_text(encoding="utf-8"))
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    return sorted(classes, key=lambda node: node.name != "RunResult")


def test_every_part_of_a_result_is_on_the_page():
    parts = {name for name, part in vars(results).items() if dataclasses.is_dataclass(part)}
    assert {node.name for node in described()} == parts | {"Outcome"}
