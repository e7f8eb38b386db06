"""Models that say they were made with another version of scikit-learn than they were."""

import io

import joblib
import sklearn


def aged(model: object, version: str) -> bytes:
    """A joblib file in which each estimator names a version of scikit-learn."""
    file = io.BytesIO()
    joblib.dump(model, file, protocol=2)  # of which no frame has a length, nor a text a memo
    old, new = (b"X" + len(text).to_bytes(4, "little") + text.encode()
                for text in (sklearn.__version__, version))  # fmt: skip
    assert old in file.getvalue()
    return file.getvalue().replace(old, new)
