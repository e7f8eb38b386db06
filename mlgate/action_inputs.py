"""The inputs of the GitHub Action, as its step hands them over."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Self

from mlgate.errors import UsageError

_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,99}", re.ASCII)
"""Names that stores' variables have: a secret's value is seldom one, and is not repeated."""
_NEVER = (
    "GITHUB_",
    "GH_",
    "ACTIONS_",
    "RUNNER_",
    "INPUT_",
    "LD_",
    "PYTHON",
    "GIT_",
    "PATH",
    "HOME",
)
"""What belongs to the runner, or decides which code runs."""


@dataclass(frozen=True, kw_only=True)
class ActionInputs:
    """The inputs of action.yml, by the same names."""

    config: str = "mlgate.yml"
    working_directory: str = "."
    base_ref: str = ""
    github_token: str = field(default="", repr=False)
    comment: str = "true"
    fail_on: str = "error"
    only: str = ""
    report_dir: str = ".mlgate"
    formats: str = ""
    requirements: str = ""
    data_environment: str = ""

    @property
    def data_variables(self) -> tuple[str, ...]:
        """Names of the variables that reading data needs."""
        return tuple(self.data_environment.replace(",", " ").split())

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read `INPUT_<NAME>`: upper case, with hyphens kept. An empty one is its default.

        Raises:
            UsageError: A value is not one of those that are allowed.
        """
        given = {
            item.name: value
            for item in fields(cls)
            if (
                value := environment.get(f"INPUT_{item.name.upper().replace('_', '-')}", "").strip()
            )
        }
        inputs = cls(**given)
        for name, value, allowed in (
            ("comment", inputs.comment, ("true", "false")),
            ("fail-on", inputs.fail_on, ("error", "warning", "never")),
        ):
            if value not in allowed:
                raise UsageError(f"input {name}: {value!r} is not one of {', '.join(allowed)}")
        for name in inputs.data_variables:
            if not _VARIABLE.fullmatch(name):
                raise UsageError(
                    "input data-environment holds something else than names of variables",
                    cause="the value of a secret was given in the place of its name",
                    remedy="give the values under `env:`, and their names in data-environment",
                )
            if name.upper().startswith(_NEVER):
                raise UsageError(
                    f"input data-environment: {name} is never given to the run",
                    remedy="name only what reading data needs, such as AWS_ACCESS_KEY_ID",
                )
        return inputs
