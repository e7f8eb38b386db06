"""What tests share: real inputs over real folders."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mlgate.artifacts.access import Artifacts, Base
from mlgate.artifacts.interface import Workspace
from mlgate.checks.artifact_safety import ArtifactSafety
from mlgate.config.model import Config, DataSpec, Entry, ModelSpec
from mlgate.errors import NoBaseline
from mlgate.results import Location

Specs = Mapping[str, str | dict[str, Any]]


@contextmanager
def make_inputs(
    root: Path,
    *,
    data: Specs | None = None,
    models: Specs | None = None,
    base_root: Path | None = None,
    base_data: Specs | None = None,
    base_models: Specs | None = None,
    environment: Mapping[str, str] | None = None,
    allow: Sequence[str] = (),
) -> Iterator[Artifacts]:
    """Real `Artifacts` over folders; base's specs default to head's. No `base_root`: no base.

    `allow`: modules of the repository that models may import.
    """
    config = make_config(data, models, allow)

    def open_base() -> Base:
        if base_root is None:
            raise NoBaseline("this repository has no earlier commit")
        own = make_config(
            data if base_data is None else base_data, models if base_models is None else base_models
        )
        workspace = Workspace(side="base", root=base_root, commit="b" * 40)
        return Base(workspace=workspace, config=own, fetch=lambda _path: None)

    head = Workspace(side="head", root=root, commit="a" * 40)
    cache = Path(os.environ.get("MLGATE_TEST_CACHE", root.parent / "mlgate-cache"))
    with Artifacts(
        config=config,
        head=head,
        open_base=open_base,
        cache=cache,
        variables=os.environ if environment is None else environment,
    ) as artifacts:
        yield artifacts


def make_config(
    data: Specs | None = None, models: Specs | None = None, allow: Sequence[str] = ()
) -> Config:
    """A configuration without checks, but for one that allows something."""
    safety = ArtifactSafety(type="artifact-safety", allow=tuple(allow))
    entry = Entry(check=safety, location=Location(file="mlgate.yml"))
    return Config(
        file="mlgate.yml",
        directory=".",
        data={name: DataSpec.model_validate(spec) for name, spec in (data or {}).items()},
        models={name: ModelSpec.model_validate(spec) for name, spec in (models or {}).items()},
        entries=(entry,) if allow else (),
    )
