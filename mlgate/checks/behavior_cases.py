"""Minimum functionality: cases that a model must get right."""

from dataclasses import dataclass
from itertools import product
from math import prod
from string import Formatter
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self

from pydantic import Field, model_validator

from mlgate.artifacts import formats
from mlgate.checks.behavior_test import BehaviorTest, Tally, positive_class
from mlgate.checks.interface import Inputs
from mlgate.checks.subject import Answers, Subject
from mlgate.checks.wording import brief, cells, values
from mlgate.config.direction import HIGHER, LOWER, MORE
from mlgate.config.model import Scalar
from mlgate.errors import MlgateError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]

MAX_TEXTS: Final = 10_000
"""Texts that a template may make."""


class MinimumFunctionality(BehaviorTest):
    """Cases that the model must get right."""

    kind: Literal["minimum_functionality"]
    cases: str | None = None
    """File of cases, relative to mlgate.yml (CSV, Parquet or JSON lines): the columns that the
    model sees, and what is expected: `expected` or the data's target for a label or value,
    `expected_min` and `expected_max` for limits of the score."""
    rows: Annotated[list[dict[str, Scalar | list[Scalar] | None]] | None, MORE] = Field(
        default=None, min_length=1
    )
    """The cases themselves, one mapping each, instead of a file. A list under `expected` holds
    labels that are all right."""
    template: str | None = Field(default=None, min_length=1)
    """Texts from a pattern, instead of a file: `"The {noun} was {adjective}."`. Each name in braces
    is filled from `fill`, in every combination."""
    texts: Annotated[list[str] | None, MORE] = Field(default=None, min_length=1)
    """Texts as they are, instead of a file."""
    fill: dict[str, Annotated[tuple[str, ...], Field(min_length=1)]] | None = None
    """What the names of the template stand for: `{adjective: [good, fine], noun: [food]}`."""
    column: str | None = None
    """Column that texts and templates go into. Default: the only one that the model sees."""
    expected: Scalar | list[Scalar] | None = None
    """Label or value that all texts must get; a list holds labels that are all right."""
    expected_min: Annotated[float | None, HIGHER] = None
    """Least score that every text must get."""
    expected_max: Annotated[float | None, LOWER] = None
    """Largest score that a text may get."""

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        sources = (self.cases, self.rows, self.template, self.texts)
        if sum(source is not None for source in sources) != 1:
            raise ValueError("give either `cases`, a file, or `rows`, `texts` or `template`")
        wants = (self.expected, self.expected_min, self.expected_max)
        is_text = self.template is not None or self.texts is not None
        if is_text == (wants == (None, None, None)):
            raise ValueError(
                "`texts` and `template` need `expected`, `expected_min` or `expected_max`"
                if is_text
                else "`expected` is for `texts` and `template`: a case says itself what is expected"
            )
        if self.template is None and self.fill is not None:
            raise ValueError("`fill` is for a `template`")
        if self.template is not None:
            self._filled()
        return self

    def _filled(self) -> list[str]:
        """Every text that the template makes.

        Raises:
            ValueError: A name has no list, a list no name, or the combinations are too many.
        """
        template, fill = self.template or "", self.fill or {}
        try:
            named = {name for _, name, _, _ in Formatter().parse(template) if name is not None}
        except ValueError as error:
            raise ValueError(f"the template is not well formed: {error}") from error
        if named != set(fill):
            lacking, idle = sorted(named - set(fill)), sorted(set(fill) - named)
            raise ValueError(
                f"the template and `fill` do not fit: {', '.join(map(repr, lacking + idle))} "
                "stands in one of them only"
            )
        if (count := prod(map(len, fill.values()))) > MAX_TEXTS:
            raise ValueError(f"the template makes {count:,} texts; at most {MAX_TEXTS:,} are made")
        fills = [dict(zip(fill, items, strict=True)) for items in product(*fill.values())]
        return [
            "".join(
                literal + (chosen[name] if name is not None else "")
                for literal, name, _, _ in Formatter().parse(template)
            )
            for chosen in fills
        ]

    def violation(self) -> str:
        """What the rows that do not behave do."""
        return "cases are not answered as expected"

    def measure(self, subject: Subject, inputs: Inputs) -> Tally:
        """One batch of all cases."""
        import numpy as np

        frame = self._frame(subject, inputs)
        wanted = _Expected.of(frame, subject)
        counted = wanted.given.notna().any(axis=1).to_numpy()
        if not counted.any():
            raise MlgateError(
                f"no case counts: none of {len(frame):,} says what is expected",
                cause="the file has no rows, or its column of expected answers is empty",
                remedy="give at least one case with the answer that it must get",
            )
        answers = subject.ask(wanted.features)
        passed, badness = np.ones(len(frame), dtype=bool), np.zeros(len(frame))
        index = positive_class(subject)
        if wanted.label is not None:
            right, badness = self._right(answers, wanted.label)
            passed &= right | wanted.label.isna().to_numpy()
        limits = [(s, sign) for s, sign in ((wanted.low, 1), (wanted.high, -1)) if s is not None]
        if limits:
            index = subject.class_index()
            score = answers.scores(index)
        for limit, sign in limits:
            short = np.nan_to_num(sign * (_numbers(limit) - score))  # NaN: this case has no limit
            passed &= short <= self.slack(score)
            badness = np.maximum(badness, short)
        return Tally(
            counted=counted,
            passed=passed,
            badness=badness,
            before=answers,
            shown=frame[[*wanted.given, *wanted.features]],
            index=index,
            places=np.arange(len(frame)),
            of=len(frame),
        )

    def _frame(self, subject: Subject, inputs: Inputs) -> "pd.DataFrame":
        """The cases, with what is expected of them."""
        import pandas as pd

        if self.cases is not None:
            return formats.read(inputs.file(self.cases))
        if self.rows is not None:
            return pd.DataFrame(self.rows)
        texts = self._filled() if self.template is not None else self.texts or []
        frame = pd.DataFrame({self.column or _only_column(subject): texts})
        given = {"expected": self.expected} if self.expected is not None else {}
        limits = {"expected_min": self.expected_min, "expected_max": self.expected_max}
        given |= {name: limit for name, limit in limits.items() if limit is not None}
        for name, item in given.items():
            frame[name] = pd.Series([item] * len(frame), dtype=object)
        return frame

    def _right(self, answers: Answers, expected: "pd.Series[Any]") -> tuple["Array", "Array"]:
        """Which answers are the expected label or value, and how far off each is."""
        import numpy as np

        description = answers.subject.description
        if description.classes is None and np.issubdtype(answers.labels.dtype, np.number):
            numbers = _numbers(expected)
            off = np.nan_to_num(np.abs(answers.scores(None) - numbers))
            return off <= self.slack(numbers), off
        allowed = [item if isinstance(item, list) else [item] for item in expected.tolist()]
        if description.classes is not None:
            _require_classes([label for labels in allowed for label in labels], description.classes)
        right = [
            label in labels for label, labels in zip(answers.labels.tolist(), allowed, strict=True)
        ]
        return np.array(right, dtype=bool), np.zeros(len(right))


@dataclass(frozen=True, kw_only=True)
class _Expected:
    """A frame of cases, taken apart."""

    features: "pd.DataFrame"
    given: "pd.DataFrame"
    """The columns that say what is expected."""
    label: "pd.Series[Any] | None"
    low: "pd.Series[Any] | None"
    high: "pd.Series[Any] | None"

    @classmethod
    def of(cls, frame: "pd.DataFrame", subject: Subject) -> Self:
        label = "expected" if "expected" in frame.columns else subject.data_spec.target
        columns = [c for c in (label, "expected_min", "expected_max") if c in frame.columns]
        if not columns:
            target = f" or {brief(label)}" if label else ""
            raise MlgateError(
                f"the cases do not say what is expected: there is no column expected{target}",
                cause="a case is a row of features and the answer that it must get",
                remedy="add a column `expected`, or `expected_min` and `expected_max` for scores",
            )
        return cls(
            features=frame.drop(columns=columns),
            given=frame[columns],
            label=frame[label] if label in columns else None,
            low=frame.get("expected_min"),
            high=frame.get("expected_max"),
        )


def _numbers(expected: "pd.Series[Any]") -> "Array":
    try:
        return expected.to_numpy(float)
    except (TypeError, ValueError) as error:
        raise MlgateError(
            f"the model predicts numbers, and {cells(expected.dropna())} is expected",
            cause="the cases belong to another model",
            remedy="give the expected values as numbers",
        ) from error


def _require_classes(expected: list[Any], classes: tuple[Scalar, ...]) -> None:
    known = set(classes)
    strange = [label for label in dict.fromkeys(expected) if label == label and label not in known]
    strange = [label for label in strange if label is not None]
    if strange:
        raise MlgateError(
            f"the cases expect {cells(strange)}, and the model's classes are {values(classes, 5)}",
            cause="the label is mistyped, or has another type, such as 1 for '1'",
            remedy="write the labels of the cases as the model's classes",
        )


def _only_column(subject: Subject) -> str:
    """The column that a text model sees."""
    columns = subject.model_spec.features or subject.description.features or ()
    if len(columns) != 1:
        raise MlgateError(
            f"which column do the texts go into? The model sees {len(columns):,}",
            cause="a text model sees one column, which `features` of the model names",
            remedy="name it as `column` in the test",
        )
    return columns[0]
