"""Who may import whom, as docs/architecture.md says."""

import ast
from pathlib import Path

import pytest

import mlgate

ROOT = Path(mlgate.__file__).parent
FOUNDATION = {"errors", "privacy", "results", "registry"}
MAY_IMPORT = {
    "errors": set(),
    "privacy": set(),
    "results": set(),
    "registry": set(),
    "config": FOUNDATION,
    "stats": set(),
    "artifacts": FOUNDATION | {"config", "sandbox"},
    "engines": FOUNDATION | {"artifacts", "config", "sandbox"},
    "sandbox": FOUNDATION | {"config"},
    "checks": FOUNDATION | {"artifacts", "config", "engines", "sandbox", "stats"},
    "action_inputs": FOUNDATION,
    "plan": FOUNDATION | {"checks", "config"},
    "runner": FOUNDATION | {"checks", "plan"},
    "multiplicity": FOUNDATION | {"stats"},
    "digests": FOUNDATION | {"artifacts", "checks", "config", "plan"},
    "goalposts": FOUNDATION | {"artifacts", "checks", "config", "plan"},
    "waivers": FOUNDATION | {"config"},
    "verdict": FOUNDATION | {"config"},
    "reports": FOUNDATION | {"platforms"},
    "platforms": FOUNDATION,
    "progress": FOUNDATION | {"plan", "platforms", "runner"},
    "context": FOUNDATION | {"artifacts", "platforms", "verdict"},
}
"""What each part may import of mlgate; pipeline, action and cli may import all."""
TOP = {"pipeline", "action", "cli", "testing", "pytest_plugin", "__main__", "__init__"}


def part(module: str) -> str:
    return [*module.split("."), ""][1]


def imports(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "mlgate":
            module = node.module or ""
            found |= {module} if "." in module else {f"mlgate.{a.name}" for a in node.names}
        elif isinstance(node, ast.Import):
            found |= {a.name for a in node.names if a.name.startswith("mlgate.")}
    return {part(name) for name in found if not name.endswith("__version__")}


FILES = sorted(ROOT.rglob("*.py"))


def test_there_are_files_to_check():
    assert len(FILES) > 20


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.relative_to(ROOT).as_posix())
def test_a_module_imports_only_what_its_layer_may(file):
    own = file.relative_to(ROOT).with_suffix("").parts[0]
    if own in TOP:
        return
    assert imports(file) - {own} <= MAY_IMPORT[own]


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.relative_to(ROOT).as_posix())
def test_nobody_imports_the_top(file):
    own = file.relative_to(ROOT).with_suffix("").parts[0]
    if own not in TOP:
        assert not imports(file) & (TOP - {"__init__"})
