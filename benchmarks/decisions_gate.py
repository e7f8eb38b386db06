"""One pull request through the gate, in one process, and what the truth is."""

import contextlib
import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import joblib
import numpy as np
import pandas as pd
from decisions_data import Table

from mlgate.artifacts.access import Artifacts, Base
from mlgate.artifacts.interface import Workspace
from mlgate.artifacts.model_access import Models
from mlgate.artifacts.models import WITHOUT_CODE, format_of, loader
from mlgate.checks import CHECKS
from mlgate.config.load import load
from mlgate.multiplicity import corrected
from mlgate.plan import Plan, make_plan
from mlgate.results import Outcome, Revision, RunResult, Side, take_stock
from mlgate.runner import run_checks
from mlgate.sandbox import worker
from mlgate.sandbox.channel import Answer
from mlgate.sandbox.process import ModelProcess
from mlgate.verdict import decide, severity_of

CLOCKED: Final = {"seconds": 1.0, "batch": 200}
"""What latency is given where it is looked at, instead of 30 seconds and 1,000 rows."""


@dataclass(frozen=True, kw_only=True)
class Version:
    """What a commit holds."""

    train: pd.DataFrame
    test: pd.DataFrame
    model: Any
    compress: int = 0


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What the gate said of one pull request."""

    exit_code: int
    reasons: tuple[str, ...]
    blocking: tuple[str, ...]
    """Ids of the findings that failed, or could not be had."""
    warned: tuple[str, ...]
    undecided: tuple[str, ...]
    seconds: float


class InThisProcess(ModelProcess):
    """A model that the worker's own code asks, without a process around it: for speed alone."""

    def _open(self, file: Path | str, python: Sequence[str], loader: Path) -> None:
        del python
        self.isolation = "Models ran in the benchmark's own process."
        self._description = self._load(file, loader)

    def _ask(
        self, doing: str, header: dict[str, Any], body: Sequence[memoryview] = (), *, largest: int
    ) -> Answer:
        del largest
        try:
            if header["do"] == "load":
                self._model = joblib.load(self._workspace / header["file"])
                answer, parts = worker.describe(self._model), []
            elif header["do"] == "usage":
                answer, parts = worker.usage(0.0), []
            else:
                joined = bytearray(b"".join(body))
                answer, parts = worker.predict(self._model, header, joined)
        except Exception as error:  # as the worker does
            raise self._raised(doing, worker.account_for(error)) from error
        return Answer(
            header=answer,
            body=np.frombuffer(b"".join(bytes(part) for part in parts), dtype=np.uint8),
        )


@dataclass(kw_only=True)
class HereModels(Models):
    """Models that are asked in this process, once their files were looked into."""

    here: bool = True
    """False where their time counts: then each has its own process, as it has for a user."""

    def _start(self, name: str, side: Side) -> ModelProcess:
        if not self.here:
            return super()._start(name, side)
        spec = self.sides.model_spec(name, side)
        workspace = self.sides.side(side)[0]
        kind = format_of(spec, workspace.root)
        file = self._model_file(name, side)
        if kind not in WITHOUT_CODE:
            self._require_safe(file, side, name)
        return InThisProcess.start(
            file=file, loader=loader(kind), workspace=workspace.root, spec=spec, python=(),
            name=f"{name} ({spec.path}, {side})",
        )  # fmt: skip


@dataclass(kw_only=True)
class HereArtifacts(Artifacts):
    """Artifacts with such models."""

    here: bool = True

    @cached_property
    def _models(self) -> Models:
        return HereModels(sides=self._sides, cache=self.cache, requirements=None, here=self.here)


def write(version: Version, table: Table, folder: Path, *, bare: bool) -> None:
    """The files of a commit."""
    folder.mkdir()
    (folder / "mlgate.yml").write_text(table.config(bare=bare))
    version.train.to_parquet(folder / "train.parquet", index=False)
    version.test.to_parquet(folder / "test.parquet", index=False)
    joblib.dump(version.model, folder / "model.joblib", compress=version.compress)


def ask(table: Table, base: Version, head: Version, *, latency: bool, bare: bool = False) -> Seen:
    """What the gate says: every recommended check; latency only where it is asked for."""
    with tempfile.TemporaryDirectory(prefix="mlgate-decisions-") as scratch:
        roots = {side: Path(scratch) / side for side in ("base", "head")}
        write(base, table, roots["base"], bare=bare)
        write(head, table, roots["head"], bare=bare)
        start = time.perf_counter()
        result = run(roots["base"], roots["head"], latency=latency)
        seconds = time.perf_counter() - start
    verdict = result.verdict
    assert verdict is not None
    found = [(finding, check) for check in result.checks for finding in check.findings]
    bad = [(f, c) for f, c in found if f.outcome in {Outcome.FAILED, Outcome.ERRORED}]
    broken = [c.id for c in result.checks if c.outcome is Outcome.ERRORED and c.reason]
    blocks = [f.id for f, c in bad if severity_of(f, c) == "error" or f.outcome is Outcome.ERRORED]
    return Seen(
        exit_code=verdict.exit_code,
        reasons=verdict.reasons if verdict.exit_code else (),
        blocking=(*broken, *blocks),
        warned=tuple(f.id for f, c in bad if f.id not in blocks),
        undecided=tuple(f.id for f, _ in found if f.outcome is Outcome.INCONCLUSIVE),
        seconds=seconds,
    )


def run(base: Path, head: Path, *, latency: bool) -> RunResult:
    """As `mlgate run` does, without git around it."""
    config = load(head / "mlgate.yml", CHECKS)
    plan = make_plan(config, CHECKS)
    steps = [
        replace(step, check=step.check.model_copy(update=CLOCKED))
        if step.check.type == "latency"
        else step
        for step in plan.steps
        if latency or step.check.type != "latency"
    ]
    plan = Plan(config=config, steps=tuple(steps))
    base_config = load(base / "mlgate.yml", CHECKS)

    def open_base() -> Base:
        workspace = Workspace(side="base", root=base, commit="b" * 40)
        return Base(workspace=workspace, config=base_config, fetch=lambda _path: None)

    with HereArtifacts(
        config=config,
        head=Workspace(side="head", root=head, commit="a" * 40),
        open_base=open_base,
        cache=head.parent / "cache",
        variables=os.environ,
        here=not latency,
    ) as artifacts:
        checks = run_checks(plan, artifacts, time.monotonic, lambda *_: contextlib.nullcontext())
        checks = corrected(checks)
    result = RunResult(
        mlgate="benchmark", name="default", verdict=None, head=Revision(commit="a" * 40),
        base=Revision(commit="b" * 40), checks=checks, ledger=take_stock(checks),
    )  # fmt: skip
    return replace(result, verdict=decide(result, config.policy))


def naive(table: Table, base: Version, head: Version) -> bool:
    """Whether a gate with a fixed tolerance blocks: 1 % of accuracy, or of the error for numbers.

    It compares what each commit reports of itself, so each model is scored on its own test rows.
    """
    before, after = (headline(table, v.model, v.test) for v in (base, head))
    if table.is_regression:
        return after > before * 1.01
    return after < before - 0.01


def headline(table: Table, model: Any, rows: pd.DataFrame) -> float:
    """Accuracy, or the root mean squared error."""
    answers = model.predict(rows[list(model.feature_names_in_)])
    truth = rows[table.target].to_numpy()
    if table.is_regression:
        return float(np.sqrt(np.mean((truth - answers) ** 2)))
    return float(np.mean(truth == answers))


def harm(table: Table, base: Any, head: Any, rows: pd.DataFrame, without: str = "") -> float:
    """How much a default metric truly falls, in units of what is allowed by default.

    Accuracy and ROC AUC may fall by 0.01, log loss may rise by 10 %, errors by 5 %. Of each metric
    the smallest drop among three parts of the rows counts, so that a few rows make no truth; of
    these the largest.
    """
    parts = [drops(table, base, head, rows[start::3]) for start in range(3)]
    return float(max(min(part[name] for part in parts) for name in parts[0] if name != without))


def average_falls(table: Table, base: Any, head: Any, rows: pd.DataFrame) -> bool:
    """Whether any default metric falls at all."""
    return max(drops(table, base, head, rows).values()) > 0


def drops(table: Table, base: Any, head: Any, rows: pd.DataFrame) -> dict[str, float]:
    """Each default metric's drop, in units of what is allowed."""
    from sklearn.metrics import log_loss, roc_auc_score

    truth = rows[table.target].to_numpy()

    def values(model: Any) -> dict[str, float]:
        features = rows[list(model.feature_names_in_)]
        answers = model.predict(features)
        if table.is_regression:
            errors = truth - answers
            return {"mae": np.abs(errors).mean(), "rmse": np.sqrt((errors**2).mean())}
        chances = model.predict_proba(features)
        seen = {
            "accuracy": float((truth == answers).mean()),
            "log_loss": log_loss(truth, chances, labels=model.classes_),
        }
        if table.task == "binary":
            seen["roc_auc"] = roc_auc_score(truth == model.classes_[1], chances[:, 1])
        return seen

    before, after = values(base), values(head)
    allowed = {"accuracy": -0.01, "roc_auc": -0.01, "log_loss": 0.1 * before.get("log_loss", 1)}
    if table.is_regression:
        allowed = {name: 0.05 * value for name, value in before.items()}
    return {name: float((after[name] - before[name]) / allowed[name]) for name in before}
