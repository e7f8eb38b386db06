"""A service that the job has started, asked by HTTP.

The request is MLflow's: `{"dataframe_split": {"columns": […], "data": [[…]]}}`, as JSON; the answer
is a list, or `{"predictions": […]}`, of one value a row, or where mlgate.yml names `classes` of
their probabilities.
"""

import json
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

import numpy as np

LARGEST_ANSWER = 1 << 30
ROWS = 10_000
"""Rows of one request."""


def load(path: str, options: dict[str, Any]) -> dict[str, Any]:
    """Nothing is asked yet: a service that is not there fails with the first rows."""
    opener = build_opener(ProxyHandler({}))

    def ask(rows: Any) -> list[Any]:
        split = json.loads(rows.to_json(orient="split", date_format="iso", index=False))
        body = json.dumps({"dataframe_split": split}).encode()
        request = Request(path, data=body, headers={"Content-Type": "application/json"})  # noqa: S310
        with opener.open(request, timeout=options["timeout"]) as response:
            found = json.loads(response.read(LARGEST_ANSWER))
        answers = found.get("predictions") if isinstance(found, dict) else found
        if not isinstance(answers, list) or len(answers) != len(rows):
            raise ValueError(f"the service did not answer each of {len(rows)} rows")
        return answers

    def answer(rows: Any) -> Any:
        parts = [ask(rows.iloc[i : i + ROWS]) for i in range(0, len(rows), ROWS)]
        return np.asarray([item for part in parts for item in part])

    classes = options["classes"]
    return {
        "kind": "HTTP endpoint",
        "features": None,
        "classes": None if classes is None else len(classes),
        "answer": answer,
    }
