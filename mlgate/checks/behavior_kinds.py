"""The kinds of behavioural test: minimum functionality, invariance, directional expectation.

The kinds are those of CheckList (Ribeiro et al., "Beyond Accuracy", ACL 2020, section 2).
"""

from typing import Annotated

from pydantic import Field

from mlgate.checks.behavior_cases import MinimumFunctionality
from mlgate.checks.behavior_change import Directional, Invariance

Test = Annotated[MinimumFunctionality | Invariance | Directional, Field(discriminator="kind")]
"""One behavioural test."""
