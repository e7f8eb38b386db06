"""Settings for all tests."""

import importlib
import os
import pkgutil

from hypothesis import settings

import mlgate

# The same examples in every run: a gate does not depend on luck. MLGATE_HYPOTHESIS=random looks for
# new ones.
settings.register_profile("fixed", derandomize=True, deadline=None)
settings.register_profile("random", deadline=None, print_blob=True)
settings.load_profile(os.environ.get("MLGATE_HYPOTHESIS", "fixed"))

# Hypothesis also draws the constants of every module that is loaded: which tests a worker ran
# before would decide what this one draws.
for module in pkgutil.walk_packages(mlgate.__path__, "mlgate."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
