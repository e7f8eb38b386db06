"""JSON Schema of mlgate.yml and what it includes, derived from the types that validate them."""

import ast
import inspect
from collections.abc import Mapping
from itertools import pairwise
from textwrap import dedent
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from mlgate import registry
from mlgate.config.model import RECOMMENDED, CheckSpec, Document

URI = "https://json-schema.org/draft/2020-12/schema"


class Described(GenerateJsonSchema):
    """A schema in which the docstring of a field is its description.

    pydantic would read the source of every model for that at each start, and a run needs no schema.
    """

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """The schema of one model."""
        made = super().model_schema(schema)
        descriptions = field_docstrings(schema["cls"])
        properties = made.get("properties", {})
        for name, field in schema["cls"].model_fields.items():
            shown = properties.get(field.alias or name, {})
            text = descriptions.get(name)
            if text and text != getattr(field.annotation, "__doc__", None):
                shown.setdefault("description", text)
        return made


def field_docstrings(model: type[Any]) -> dict[str, str]:
    """The text below each field of a class, with those of the classes that it is made from."""
    found: dict[str, str] = {}
    for kind in reversed(model.__mro__):
        if "pydantic" in kind.__module__ or not getattr(kind, "__annotations__", None):
            continue
        body = ast.parse(dedent(inspect.getsource(kind))).body[0]
        for field, below in pairwise(getattr(body, "body", ())):
            if not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name):
                continue
            found.pop(field.target.id, None)
            if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
                found[field.target.id] = inspect.cleandoc(str(below.value.value))
    return found


def config_schema(check_types: Mapping[str, str]) -> dict[str, Any]:
    """The schema of a whole document, with each check type's own parameters."""
    schema: dict[str, Any] = Document.model_json_schema(schema_generator=Described)
    definitions = schema.setdefault("$defs", {})
    names = []
    for name in check_types:
        kind: type[CheckSpec] = registry.load(check_types, name)
        own = kind.model_json_schema(schema_generator=Described)
        definitions.update(own.pop("$defs", {}))
        own["required"] = sorted({*own.get("required", ()), "type"})
        definitions[f"check-{name}"] = own
        names.append(f"check-{name}")
    entry = {"anyOf": [{"const": RECOMMENDED}, *({"$ref": f"#/$defs/{name}"} for name in names)]}
    schema["properties"]["checks"] = {
        "description": schema["properties"]["checks"]["description"],
        "anyOf": [{"const": RECOMMENDED}, {"type": "array", "minItems": 1, "items": entry}],
    }
    for shorthand in ("data", "models"):  # a string alone is a path
        values = schema["properties"][shorthand]
        inner = values.pop("additionalProperties", None) or next(
            iter(values.pop("patternProperties").values())
        )
        values["additionalProperties"] = {"anyOf": [{"type": "string", "minLength": 1}, inner]}
    return {"$schema": URI, **schema, "title": "mlgate.yml"}


def included_schema(check_types: Mapping[str, str], name: str) -> dict[str, Any]:
    """The schema of the files that a check of a type includes; the type must be one that does."""
    kind: type[CheckSpec] = registry.load(check_types, name)
    assert kind.included is not None  # noqa: S101  # the caller knows
    schema = kind.included.model_json_schema(schema_generator=Described)
    return {"$schema": URI, **schema, "title": f"file of a {name} check"}
