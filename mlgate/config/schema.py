"""JSON Schema of mlgate.yml, derived from the types that validate it."""

from collections.abc import Mapping
from typing import Any

from mlgate import registry
from mlgate.config.model import RECOMMENDED, CheckSpec, Document

URI = "https://json-schema.org/draft/2020-12/schema"


def config_schema(check_types: Mapping[str, str]) -> dict[str, Any]:
    """The schema of a whole document, with each check type's own parameters."""
    schema: dict[str, Any] = Document.model_json_schema()
    definitions = schema.setdefault("$defs", {})
    names = []
    for name in check_types:
        kind: type[CheckSpec] = registry.load(check_types, name)
        own = kind.model_json_schema()
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
