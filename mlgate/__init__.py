"""mlgate: a quality gate for machine-learning pull requests."""

__version__ = "0.1.0"
