"""Cuts GitHub's OpenAPI description down to the endpoints that mlgate uses.

The whole description is 13 MB, and Prism takes 17 seconds to start with it. What is left is
GitHub's own text, with two additions: answers may be named by the media type that GitHub recommends
to ask for, and an answer of a status that an endpoint does not list (a rate limit, an outage) must
look like GitHub's basic error.
"""

import argparse
import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
DESCRIPTION = HERE / "node_modules/@octokit/openapi/generated/api.github.com.json"

PATHS = (
    "/repos/{owner}/{repo}/compare/{basehead}",
    "/repos/{owner}/{repo}/issues/comments/{comment_id}",
    "/repos/{owner}/{repo}/issues/{issue_number}/comments",
    "/user",
)
METHODS = ("get", "post", "patch", "put", "delete")
ANY_OTHER_ANSWER = {
    "description": "Any other answer",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/basic-error"}}},
}


def trim(description: dict[str, Any]) -> dict[str, Any]:
    """The description of `PATHS` alone, with everything that they refer to."""
    paths = {path: description["paths"][path] for path in PATHS}
    for path in paths.values():
        for method in METHODS:
            if method in path:
                path[method]["responses"]["default"] = ANY_OTHER_ANSWER
    components: dict[str, Any] = {}
    _collect(paths, description, components)
    trimmed = {
        "openapi": description["openapi"],
        "info": description["info"],
        "paths": paths,
        "components": components,
    }
    _name_media_type(trimmed)
    return trimmed


def _collect(node: object, description: dict[str, Any], components: dict[str, Any]) -> None:
    """Copy every component that `node` refers to, however indirectly."""
    if isinstance(node, list):
        for item in node:
            _collect(item, description, components)
    elif isinstance(node, dict):
        if isinstance(reference := node.get("$ref"), str):
            _, _, kind, name = reference.split("/")
            if name not in components.setdefault(kind, {}):
                component = description["components"][kind][name]
                components[kind][name] = component
                _collect(component, description, components)
        for item in node.values():
            _collect(item, description, components)


def _name_media_type(node: object) -> None:
    """Let every JSON answer be `application/vnd.github+json` as well."""
    if isinstance(node, list):
        for item in node:
            _name_media_type(item)
    elif isinstance(node, dict):
        content = node.get("content")
        if isinstance(content, dict) and "application/json" in content:
            content["application/vnd.github+json"] = content["application/json"]
        for item in node.values():
            _name_media_type(item)


def main() -> None:
    """Write the trimmed description to a file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("output", type=Path)
    arguments = parser.parse_args()
    arguments.output.write_text(json.dumps(trim(json.loads(DESCRIPTION.read_text()))))


if __name__ == "__main__":
    main()
