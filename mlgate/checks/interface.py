"""What a check is: its parameters in mlgate.yml, and a function from inputs to findings."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from mlgate.artifacts.interface import DataSet, Workspace
from mlgate.config.model import CheckSpec, DataSpec, ModelSpec
from mlgate.results import Finding, Side
from mlgate.sandbox.interface import Clocked, Model

if TYPE_CHECKING:
    from mlgate.artifacts.safety.interface import Scan
    from mlgate.artifacts.versions import Preflight


class Inputs(Protocol):
    """What a check may ask for. Each thing is read, built or started when it is first asked for."""

    @property
    def head(self) -> Workspace:
        """The pull request's files."""

    @property
    def directory(self) -> str:
        """Folder of mlgate.yml, from the repository's root: where the paths in it start."""

    @property
    def model_names(self) -> Sequence[str]:
        """The models that mlgate.yml names."""

    def data_spec(self, name: str, side: Side = "head") -> DataSpec:
        """What mlgate.yml of a side says of a data set; head's word where base's has none."""

    def model_spec(self, name: str, side: Side = "head") -> ModelSpec:
        """What mlgate.yml of a side says of a model; head's word where base's has none."""

    def data(self, name: str, side: Side = "head") -> DataSet:
        """A data set by its name in mlgate.yml.

        Raises:
            DataNotReadable: The file is missing.
            NoBaseline: `side` is base, and base has no such data set.
            BaselineNotFound: `side` is base, and base's files cannot be had.
        """

    def model(self, name: str, side: Side = "head") -> Model:
        """A model by its name in mlgate.yml, in a process of its own that is shared by all checks.

        Raises:
            ArtifactBlocked: Its file is not safe to load.
            ModelFailed: The model does not load.
            NoBaseline: `side` is base, and base has no such model.
            BaselineNotFound: `side` is base, and base's files cannot be had.
        """

    def scan_model(self, name: str, side: Side = "head") -> "Scan":
        """What a look into a model's file yields; nothing is loaded.

        Raises:
            ModelFailed: The file is missing, or only a pointer to it is there.
            NoBaseline: `side` is base, and base has no such model.
            BaselineNotFound: `side` is base, and base's files cannot be had.
        """

    def preflight(self, name: str, side: Side = "head") -> "Preflight":
        """The versions of libraries in a model's file, beside those of its environment.

        Nothing is loaded; the environment is built, unless the file holds no versions.

        Raises:
            EnvironmentNotBuilt: It could not be built.
            ModelFailed: The file is missing, or only a pointer to it is there.
            NoBaseline: `side` is base, and base has no such model.
            BaselineNotFound: `side` is base, and base's files cannot be had.
        """

    def scan_file(self, path: str) -> "Scan":
        """The same for a file of head that is no model of mlgate.yml, relative to mlgate.yml.

        Raises:
            DataNotReadable: The file is missing.
        """

    def clocked(self, name: str, side: Side = "head") -> Clocked:
        """The same model, for one that measures its time; see `model`."""

    def file(
        self, path: str, side: Side = "head", *, role: Literal["data", "suite"] = "data"
    ) -> Path:
        """A file that a check's parameters name, relative to mlgate.yml.

        Raises:
            DataNotReadable: The file is missing.
            NoBaseline: `side` is base, and base has no such file.
        """

    def environment(self, model: str | None) -> Sequence[str]:
        """The command that starts Python in a model's environment; mlgate's own for None.

        Raises:
            ArtifactBlocked: The model's file is not safe to load.
        """


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """What a check saw."""

    rows: int
    """Rows, cases or tests that were looked at; zero can never be green."""
    findings: Sequence[Finding]


class Check(CheckSpec):
    """A check type: its fields are its parameters.

    A check yields what it saw and which limit applies. Whether that blocks is the verdict's, how it
    reads is the reports'. It catches what concerns one of its parts (one metric, one test) and
    returns an `errored` finding for it; anything that it raises makes the whole check `errored`.
    A module of a check imports nothing heavy at its top: plan and schema import them all.
    """

    @abstractmethod
    def run(self, inputs: Inputs) -> Measurement:
        """Measure. Judges nothing and prints nothing."""

    def finding_id(self, *parts: str) -> str:
        """A stable id: the check's id and the parts, joined by slashes."""
        return "/".join((self.name, *parts))


CheckTypes = Mapping[str, str]
"""Check types by name: `module:class`, imported when it is used."""
