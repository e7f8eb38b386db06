"""Digests of what a run was asked and of what it used: two results with the same four are alike."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from mlgate.artifacts.changes import code_digest
from mlgate.checks.policy_data import evaluation_data
from mlgate.plan import Plan, make_plan
from mlgate.results import ArtifactRecord


def digests_of(
    plan: Plan, records: Sequence[ArtifactRecord], root: Path, check_types: Mapping[str, str]
) -> dict[str, str | None]:
    """Digests of the policy, and of head's evaluation data, models and code."""
    everything = [step.check for step in make_plan(plan.config, check_types).steps]
    rows = set(evaluation_data(everything, plan.config))
    ours = [record for record in records if record.version == "head"]
    suites = sorted((r.path, r.sha256) for r in ours if r.role == "suite")
    checks = [check.model_dump(mode="json", exclude={"was"}) for check in everything]
    config = plan.config
    policy = {
        "checks": sorted(checks, key=lambda check: json.dumps(check, sort_keys=True)),
        "data": plain_all(config.data),
        "models": plain_all(config.models),
        "policy": config.policy.model_dump(mode="json"),
        "privacy": config.privacy,
        "waivers": [[w.finding, w.reason, w.owner, w.until.isoformat()] for w in config.waivers],
        "suites": suites,
    }
    return {
        "policy": _digest(policy),
        "data": _of_records(r for r in ours if r.role == "data" and r.name in rows),
        "models": _of_records(r for r in ours if r.role == "model"),
        "code": code_digest(root),
    }


def plain_all(specs: Mapping[str, object]) -> dict[str, object]:
    """Specs as plain values, with their defaults."""
    return {name: spec.model_dump(mode="json") for name, spec in specs.items()}  # type: ignore[attr-defined]


def _of_records(records: Iterable[ArtifactRecord]) -> str | None:
    """A digest of digests; None where one is not known, or there is none."""
    known = sorted((r.name, r.path, r.sha256 or r.fingerprint) for r in records)
    if not known or any(told is None for _, _, told in known):
        return None
    return _digest(known)


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
