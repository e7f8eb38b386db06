"""The check types, one module each."""

from mlgate.checks.interface import CheckTypes

CHECKS: CheckTypes = {
    "artifact-safety": "mlgate.checks.artifact_safety:ArtifactSafety",
    "behavior": "mlgate.checks.behavior:Behavior",
    "drift": "mlgate.checks.drift:Drift",
    "evaluation-rows": "mlgate.checks.evaluation_rows:Easier",
    "expectations": "mlgate.checks.expectations:Expectations",
    "fairness": "mlgate.checks.fairness:Fairness",
    "integrity": "mlgate.checks.integrity:Integrity",
    "latency": "mlgate.checks.latency:Latency",
    "leakage": "mlgate.checks.leakage:Leakage",
    "metrics": "mlgate.checks.metrics:Metrics",
    "pytest": "mlgate.checks.pytest:Pytest",
}
