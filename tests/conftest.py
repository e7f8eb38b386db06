"""Settings for all tests."""

import os

from hypothesis import settings

# The same examples in every run: a gate does not depend on luck. MLGATE_HYPOTHESIS=random looks for
# new ones.
settings.register_profile("fixed", derandomize=True, deadline=None)
settings.register_profile("random", deadline=None, print_blob=True)
settings.load_profile(os.environ.get("MLGATE_HYPOTHESIS", "fixed"))
