"""What the files of models would do when they are loaded, told without loading them."""

from collections.abc import Iterator
from pathlib import PurePath, PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import field_validator

from mlgate.artifacts.models import WITHOUT_CODE, WITHOUT_FILE, format_of
from mlgate.artifacts.safety.guard import describe, reason, remedy
from mlgate.artifacts.safety.imports import problem_with
from mlgate.artifacts.safety.interface import Scan
from mlgate.checks.interface import Check, Inputs, Measurement
from mlgate.checks.wording import brief, name
from mlgate.config.direction import FEWER, MORE, Direction, ranked
from mlgate.config.model import DataSpec, ModelSpec, References
from mlgate.errors import DataNotReadable, MlgateError, NoBaseline
from mlgate.results import Finding, Location, Outcome, Severity, Side

MAX_FILES = 1000
"""Files that a pattern of `files` may name."""
MAX_MESSAGE = 500
"""Characters of a message; all dangers are in `details`."""
SHOWN = 50
"""Dangers and imports in `details`."""

ALL = Direction(stricter="more", unset="strictest")


class ArtifactSafety(Check):
    """Files of models hold a model and nothing else.

    A pickle can run anything when it is loaded. Each file is taken apart without being executed:
    every import, in compressed files, archives and behind arrays too, must be one of the libraries
    that models are made of, and one that can neither run code nor reach files or the network. What
    is damaged, too large or of an unknown format is blocked as well. See
    [artifact-safety.md](artifact-safety.md).

    Models are looked into before every load, whether this check is configured or not, and a blocked
    one is never loaded; the check shows it, and holds what is allowed.

    The versions of libraries that a safe file was made with are compared with those of the
    environment that is to load it; see [models.md](models.md#versions).

    Findings: `<id>/<model>`, and `<id>/<model>/base` for base's version, which warns; the same with
    `/versions` at the end; `<id>/<path>` for each blocked one of `files` and `<id>/<pattern>` for
    those that are safe. Details: `format`, `imports`, `unreadable`, `dangers`, each with `place`,
    `opcode`, `import` and `why`, and `all`, the same as text; of versions, `recorded` and
    `environment`.
    """

    type: Literal["artifact-safety"]
    models: Annotated[tuple[str, ...], ALL] = ()
    """Models to look into. Default: all of mlgate.yml."""
    files: Annotated[tuple[str, ...], MORE] = ()
    """More files to look into: patterns such as `models/**/*.pkl`, relative to mlgate.yml."""
    allow: Annotated[tuple[str, ...], FEWER] = ()
    """Imports of your own modules, or of packages that you trust, such as
    `mypackage.transformers.*` or `category_encoders.target_encoder.TargetEncoder`. Never Python's
    own modules."""

    versions: Annotated[
        Literal["warning", "error", "ignore"], ranked("error", "warning", "ignore")
    ] = "warning"
    """What it is if a model was made with other versions of libraries than its environment has:
    `warning` shows it, `error` is as severe as the check, `ignore` does not look. Base's only ever
    warns."""

    @field_validator("allow")
    @classmethod
    def _is_own(cls, allow: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in allow:
            if problem := problem_with(pattern):
                raise ValueError(f"{brief(pattern)!r}: {problem}")
        return allow

    @field_validator("files")
    @classmethod
    def _lies_inside(cls, files: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in files:
            if not pattern or PurePath(pattern).is_absolute() or ".." in PurePath(pattern).parts:
                raise ValueError(f"{brief(pattern)!r}: a pattern of paths below mlgate.yml")
        return files

    def references(self) -> References:
        """The models."""
        return References(models=self.models)

    def allowed_imports(self, model: str | None) -> tuple[str, ...]:
        """`allow`, for the models that the check looks into."""
        return self.allow if model is None or not self.models or model in self.models else ()

    @classmethod
    def recommend(
        cls, data: dict[str, DataSpec], models: dict[str, ModelSpec]
    ) -> Iterator[dict[str, Any]]:
        """One entry for all models."""
        del data
        if models:
            yield {}

    def run(self, inputs: Inputs) -> Measurement:
        """Look into every file. Loads none."""
        findings: list[Finding] = []
        looked = 0
        for model in self.models or inputs.model_names:
            for side in ("head", "base"):
                finding = self._model(inputs, model, side)
                if finding is None:
                    continue
                findings.append(finding)
                looked += finding.outcome not in {Outcome.ERRORED, Outcome.SKIPPED}
                if finding.outcome is Outcome.PASSED and self.versions != "ignore":
                    findings.extend(self._versions(inputs, model, side))
        for pattern in self.files:
            found, count = self._files(inputs, pattern)
            findings.extend(found)
            looked += count
        if not findings:
            raise MlgateError(
                "there is no file to look into",
                cause="mlgate.yml names no model",
                remedy="name one under `models`, or give the check `files`",
            )
        return Measurement(rows=looked, findings=findings)

    def _model(self, inputs: Inputs, model: str, side: Side) -> Finding | None:
        """A model's finding; None where base has no such model."""
        parts = (model,) if side == "head" else (model, "base")
        path = inputs.model_spec(model).path
        kind = format_of(inputs.model_spec(model), inputs.head.root / inputs.directory)
        if kind in WITHOUT_CODE | WITHOUT_FILE:
            return self._no_file(parts, model, kind) if side == "head" else None
        try:
            path = inputs.model_spec(model, side).path
            seen = inputs.scan_model(model, side)
        except NoBaseline:
            return None
        except MlgateError as error:
            if side == "base":  # the checks that compare with it say so
                return None
            return self._not_seen(parts, model, error)
        shown = name(model) if side == "head" else f"base's {name(model)}"
        file = PurePosixPath(inputs.directory, path).as_posix()
        location = Location(file=file) if side == "head" else None
        return self._finding(
            parts, shown, path, seen, location, None if side == "head" else "warning"
        )

    def _versions(self, inputs: Inputs, model: str, side: Side) -> Iterator[Finding]:
        """What the versions are that a safe model was made with, beside its environment's."""
        parts = (model, "versions") if side == "head" else (model, "base", "versions")
        try:
            seen = inputs.preflight(model, side)
        except MlgateError as error:
            if side == "head":  # the checks that compare with base say what is wrong there
                yield self._not_seen(parts, model, error)
            return
        shown = name(model) if side == "head" else f"base's {name(model)}"
        if seen.differences:
            what = f"{shown}: {seen.sentence}; to fix it: {seen.remedy}"
            outcome = Outcome.FAILED
        elif seen.agreements:
            what = f"{shown} fits its environment: {', '.join(seen.agreements)}"
            outcome = Outcome.PASSED
        else:
            what = f"the file of {shown} does not tell which versions of libraries it needs"
            outcome = Outcome.SKIPPED
        warns = side == "base" or self.versions == "warning"
        recorded = (f"{one.library} {one.version}" for one in seen.recorded)
        present = (f"{library} {version}" for library, version in seen.installed.items())
        path = PurePosixPath(inputs.directory, inputs.model_spec(model, side).path).as_posix()
        yield Finding(
            id=self.finding_id(*parts),
            outcome=outcome,
            subject=model,
            message=brief(what, MAX_MESSAGE),
            severity="warning" if warns and seen.differences else None,
            location=Location(file=path) if side == "head" and seen.differences else None,
            details={"recorded": [*recorded], "environment": [*present]},
        )

    def _no_file(self, parts: tuple[str, ...], model: str, kind: str) -> Finding:
        """A model of which no file is loaded: code of the repository, a service, a table."""
        return Finding(
            id=self.finding_id(*parts),
            outcome=Outcome.SKIPPED,
            subject=model,
            message=f"{name(model)} ({kind}) has no model file to look into",
            details={"format": kind},
        )

    def _files(self, inputs: Inputs, pattern: str) -> tuple[list[Finding], int]:
        """The findings of a pattern, and how many files it names."""
        root = inputs.head.root / inputs.directory
        files = sorted(file for file in root.glob(pattern) if file.is_file())
        if not files or len(files) > MAX_FILES:
            error = MlgateError(
                f"`{pattern}` names {len(files):,} files",
                cause="the pattern is mistyped, or the files are not in the repository",
                remedy=f"name 1 to {MAX_FILES:,} files below mlgate.yml, or leave it out",
            )
            return [self._not_seen((pattern,), pattern, error)], 0
        findings, safe = [], 0
        for file in files:
            path = file.relative_to(root).as_posix()
            try:
                seen = inputs.scan_file(path)
            except DataNotReadable as error:
                findings.append(self._not_seen((path,), path, error))
                continue
            if seen.safe:
                safe += 1
            else:
                location = Location(file=PurePosixPath(inputs.directory, path).as_posix())
                findings.append(self._finding((path,), path, path, seen, location, None))
        if safe:
            findings.append(
                Finding(
                    id=self.finding_id(pattern),
                    outcome=Outcome.PASSED,
                    subject=pattern,
                    message=f"{safe:,} of {len(files):,} files of {brief(pattern)} hold no code",
                    observed=safe,
                )
            )
        return findings, len(files)

    def _finding(
        self,
        parts: tuple[str, ...],
        shown: str,
        path: str,
        seen: Scan,
        location: Location | None,
        severity: Severity | None,
    ) -> Finding:
        if seen.safe:
            what = f"{shown} ({path}, {seen.format}) imports "
            what += f"{len(seen.imports):,} names, all of which models are made of"
        else:
            what = f"{shown} ({path}, {seen.format}) is blocked: {reason(seen)}"
            what = f"{brief(what, MAX_MESSAGE)}; to fix it: {remedy(seen)}"
        dangers = [
            {"place": d.place, "opcode": d.opcode, "import": d.subject, "why": d.why}
            for d in seen.dangers[:SHOWN]
        ]
        details: dict[str, Any] = {"format": seen.format, "imports": [*seen.imports[:SHOWN]]}
        if not seen.safe:
            details["dangers"] = dangers
            details["unreadable"] = seen.unreadable
            if len(seen.dangers) > 1:  # a report shows text of several lines as a block
                details["all"] = "\n".join(map(describe, seen.dangers[:SHOWN]))
        return Finding(
            id=self.finding_id(*parts),
            outcome=Outcome.PASSED if seen.safe else Outcome.FAILED,
            subject=parts[0],
            message=what,
            observed="safe" if seen.safe else "blocked",
            expected="safe",
            severity=severity,
            location=None if seen.safe else location,
            details=details,
        )

    def _not_seen(self, parts: tuple[str, ...], subject: str, error: MlgateError) -> Finding:
        return Finding(
            id=self.finding_id(*parts),
            outcome=Outcome.ERRORED,
            subject=subject,
            message=error.sentence(),
        )
