"""The kinds of behavioural test: minimum functionality, invariance, directional expectation.

The kinds are those of CheckList (Ribeiro et al., "Beyond Accuracy", ACL 2020, section 2).
"""

from typing import Annotated

from pydantic import Field

from mlgate.checks.behavior_cases import MinimumFunctionality
from mlgate.checks.behavior_change import Directional, Invariance
from mlgate.config.model import Strict

Test = Annotated[MinimumFunctionality | Invariance | Directional, Field(discriminator="kind")]
"""One behavioural test."""


class TestsFile(Strict):
    """A file of behavioural tests, which `include` of a `behavior` check names."""

    __test__ = False  # pytest would take it for tests

    tests: tuple[Test, ...] = Field(min_length=1)
    """The tests. Paths in them start at the folder of mlgate.yml, as everywhere."""
