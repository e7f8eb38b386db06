"""Files that would run something, reach a file or the network when they are loaded or used.

Nothing here is ever loaded, and the payloads are harmless: commands do nothing, files and hosts do
not exist. `build` yields each file's class, name and content.
"""

import bz2
import functools
import gzip
import io
import json
import lzma
import operator
import os
import pickle
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import joblib
import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

HARMLESS = "true"
NOWHERE = "/nonexistent/file"
URL = "http://127.0.0.1:9/nothing"

CALLS: tuple[tuple[str, str, tuple[object, ...]], ...] = (
    ("os", "system", (HARMLESS,)),
    ("posix", "system", (HARMLESS,)),
    ("os", "popen", (HARMLESS,)),
    ("os", "execv", ("/bin/true", [])),
    ("os", "remove", (NOWHERE,)),
    ("subprocess", "Popen", ([HARMLESS],)),
    ("subprocess", "check_output", ([HARMLESS],)),
    ("_posixsubprocess", "fork_exec", ()),
    ("pty", "spawn", (HARMLESS,)),
    ("builtins", "eval", ("1",)),
    ("builtins", "exec", ("pass",)),
    ("builtins", "compile", ("1", "", "eval")),
    ("builtins", "__import__", ("this",)),
    ("builtins", "open", (NOWHERE, "r")),
    ("importlib", "import_module", ("this",)),
    ("importlib.util", "spec_from_file_location", ("a", NOWHERE)),
    ("pkgutil", "resolve_name", ("os:system",)),
    ("runpy", "run_path", (NOWHERE,)),
    ("code", "interact", ()),
    ("timeit", "timeit", ("1",)),
    ("cProfile", "run", ("1",)),
    ("profile", "Profile.run", ("1",)),
    ("pdb", "run", ("1",)),
    ("trace", "Trace", ()),
    ("doctest", "debug_script", ("1",)),
    ("asyncio", "create_subprocess_shell", (HARMLESS,)),
    ("multiprocessing.util", "spawnv_passfds", (b"/bin/true", [], [])),
    ("venv", "create", (NOWHERE,)),
    ("ensurepip", "_run_pip", ([],)),
    ("lib2to3.pgen2.grammar", "Grammar.loadtables", (NOWHERE,)),
    ("idlelib.run", "Executive.runcode", ("1",)),
    ("logging.config", "listen", ()),
    ("pickle", "loads", (b"N.",)),
    ("_pickle", "load", (NOWHERE,)),
    ("joblib", "load", (NOWHERE,)),
    ("joblib.numpy_pickle", "load", (NOWHERE,)),
    ("pandas", "read_pickle", (NOWHERE,)),
    ("pandas.io.pickle", "read_pickle", (NOWHERE,)),
    ("pandas", "read_csv", (URL,)),
    ("pandas", "eval", ("1",)),
    ("pandas.core.computation.eval", "eval", ("1",)),
    ("pandas.core.frame", "DataFrame.query", ("1",)),
    ("numpy", "load", (NOWHERE,)),
    ("numpy", "fromfile", (NOWHERE,)),
    ("numpy", "loadtxt", (NOWHERE,)),
    ("numpy", "save", (NOWHERE, 1)),
    ("numpy", "memmap", (NOWHERE,)),
    ("numpy.testing._private.utils", "runstring", ("1", {})),
    ("numpy.f2py.crackfortran", "getlincoef", ("1", ())),
    ("numpy.f2py.crackfortran", "myeval", ("1",)),
    ("sklearn.datasets", "load_files", (NOWHERE,)),
    ("sklearn.datasets", "fetch_openml", ("iris",)),
    ("sklearn.datasets._base", "fetch_file", (URL,)),
    ("sklearn.utils", "os.system", (HARMLESS,)),
    ("sklearn.base", "warnings.sys.modules.get", ("os",)),
    ("sklearn.utils._joblib", "joblib.load", (NOWHERE,)),
    ("scipy.io", "loadmat", (NOWHERE,)),
    ("scipy._lib._util", "np.load", (NOWHERE,)),
    ("torch", "load", (NOWHERE,)),
    ("torch.hub", "load", ("a/b",)),
    ("torch.utils.cpp_extension", "load", ("a",)),
    ("xgboost.core", "Booster", (None, None, NOWHERE)),
    ("xgboost.core", "DMatrix", (NOWHERE,)),
    ("urllib.request", "urlopen", (URL,)),
    ("requests", "get", (URL,)),
    ("http.client", "HTTPSConnection", ("127.0.0.1",)),
    ("socket", "create_connection", (("127.0.0.1", 9),)),
    ("ftplib", "FTP", ("127.0.0.1",)),
    ("webbrowser", "open", (URL,)),
    ("ctypes", "CDLL", (NOWHERE,)),
    ("shutil", "rmtree", (NOWHERE,)),
    ("io", "FileIO", (NOWHERE,)),
    ("pathlib", "Path.read_text", (NOWHERE,)),
    ("tempfile", "mkdtemp", ()),
    ("zipfile", "ZipFile", (NOWHERE,)),
    ("sqlite3", "connect", (NOWHERE,)),
    ("marshal", "loads", (b"N",)),
    ("types", "FunctionType", (None, {})),
    ("types", "CodeType", ()),
    ("cloudpickle", "loads", (b"N.",)),
    ("dill", "loads", (b"N.",)),
    ("operator", "methodcaller", ("system", HARMLESS)),
    ("operator", "attrgetter", ("__class__.__base__",)),
    ("functools", "reduce", (None, [])),
    ("sys", "modules.get", ("os",)),
    ("gc", "get_objects", ()),
    ("__main__", "Model", ()),
    ("innocent_package.models", "Model", ()),
)


def text(value: str) -> bytes:
    """A text in a pickle of protocol 4."""
    return b"\x8c" + bytes([len(value)]) + value.encode()


def values(args: tuple[object, ...]) -> bytes:
    """Arguments in a pickle: their own opcodes without PROTO, FRAME and STOP."""
    return pickle.dumps(args, 3)[2:-1]


def call(module: str, name: str, args: tuple[object, ...]) -> bytes:
    """A pickle of protocol 4 that calls something."""
    return b"\x80\x04" + text(module) + text(name) + b"\x93" + values(args) + b"R."


class Calls:
    """An object whose pickle calls something."""

    def __init__(self, function: Callable[..., object], *args: object) -> None:
        self.function = function
        self.args = args

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self.function, self.args


SYSTEM = Calls(os.system, HARMLESS)
OPENS = Calls(open, NOWHERE)


def model(**attributes: object) -> Any:
    """A fitted pipeline, perhaps with something more in it."""
    random = np.random.default_rng(0)
    rows = random.random((60, 4))
    fitted = make_pipeline(StandardScaler(), RandomForestClassifier(3, random_state=0))
    fitted.fit(rows, rows[:, 0] > 0.5)
    vars(fitted).update(attributes)
    return fitted


def dumped(value: object, **options: Any) -> bytes:
    """As joblib writes it."""
    file = io.BytesIO()
    joblib.dump(value, file, **options)
    return file.getvalue()


def zipped(**members: bytes) -> bytes:
    """A zip archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def tarred(mode: str, **members: bytes) -> bytes:
    """A tar archive."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


def build() -> Iterator[tuple[str, str, bytes]]:
    """Class, file name and content of every hostile file."""
    for number, (module, name, args) in enumerate(CALLS):
        yield "plain pickle", f"{number}-{module}.{name}.pkl", call(module, name, args)
    for protocol in range(6):
        yield "protocols", f"{protocol}.pkl", pickle.dumps(SYSTEM, protocol)
        yield "protocols", f"{protocol}.joblib", dumped([SYSTEM], protocol=protocol)
    yield from opcodes()
    yield from dotted()
    for label, payload in (("system", SYSTEM), ("open", OPENS)):
        yield from in_joblib(label, payload)
        yield from in_archives(label, pickle.dumps(payload))
        yield from in_models(label, payload)
    yield from at_predict()
    yield from tricks()


def opcodes() -> Iterator[tuple[str, str, bytes]]:
    """Other ways to import and to call than a GLOBAL and a REDUCE."""
    yield "opcodes", "inst.pkl", b"(S'true'\nios\nsystem\n."
    yield "opcodes", "obj.pkl", b"(cos\nsystem\nS'true'\no."
    yield "opcodes", "python2.pkl", b"c__builtin__\neval\n(S'1'\ntR."
    yield "opcodes", "mapped.pkl", b"ccommands\ngetoutput\n(S'true'\ntR."
    yield "opcodes", "newobj.pkl", b"\x80\x02csubprocess\nPopen\n(X\x04\x00\x00\x00truet\x81."
    yield "opcodes", "ext.pkl", b"\x80\x02\x82\x01(X\x04\x00\x00\x00truetR."
    yield "opcodes", "persid.pkl", b"Pexternal object\n."
    memo = b"\x80\x04" + text("system") + b"\x940" + text("os") + b"\x94" + b"h\x00\x93"
    yield "opcodes", "memo.pkl", memo + values((HARMLESS,)) + b"R."
    long = b"\x80\x04X\x02\x00\x00\x00osX\x06\x00\x00\x00system\x93" + values((HARMLESS,)) + b"R."
    yield "opcodes", "binunicode.pkl", long
    joined = text("builtins") + text("str") + b"\x93" + values((b"os", "ascii")) + b"R"
    computed = b"\x80\x04" + joined + text("system") + b"\x93" + values((HARMLESS,)) + b"R."
    yield "opcodes", "computed.pkl", computed
    got = text("builtins") + text("getattr") + b"\x93" + text("os") + text("system") + b"\x93"
    yield "opcodes", "getattr.pkl", b"\x80\x04" + got + text("__call__") + b"\x86R."
    build = text("sklearn.base") + text("BaseEstimator") + b"\x93}" + text("predict")
    yield "opcodes", "build.pkl", b"\x80\x04" + build + b"Nsb."
    twice = pickle.dumps(model()) + pickle.dumps(SYSTEM)
    yield "opcodes", "second.pkl", twice
    yield "opcodes", "popped.pkl", b"\x80\x04" + call("os", "system", (HARMLESS,))[2:-1] + b"0N."
    yield "opcodes", "late.pkl", b"\x80\x04" + b"N0" * 300_000 + pickle.dumps(SYSTEM, 2)[2:]


def dotted() -> Iterator[tuple[str, str, bytes]]:
    """Attributes of benign modules that lead to others."""
    for module, name in (
        ("sklearn.utils._testing", "os.system"),
        ("numpy", "ctypeslib.ctypes.CDLL"),
        ("pandas", "io.common.os.system"),
        ("pandas.core.frame", "DataFrame.eval"),
        ("pandas.core.frame", "DataFrame.to_pickle"),
        ("joblib", "os.system"),
        ("collections", "_sys.modules.get"),
        ("datetime", "sys.modules.get"),
    ):
        yield "dotted", f"{module}.{name}.pkl", call(module, name, (HARMLESS,))


def in_joblib(label: str, payload: object) -> Iterator[tuple[str, str, bytes]]:
    """In files that joblib writes, also after arrays and compressed."""
    after = [np.arange(50.0), {"rows": np.ones((3, 3)), "more": payload}]
    inside = np.array([1, "a", payload], dtype=object)
    yield "joblib", f"{label}-only.joblib", dumped(payload)
    yield "after an array", f"{label}.joblib", dumped(after)
    yield "after an array", f"{label}-object-array.joblib", dumped([np.ones(3), inside])
    for kind in ("zlib", "gzip", "bz2", "lzma", "xz"):
        yield "compressed joblib", f"{label}-{kind}.joblib", dumped(after, compress=(kind, 3))
        yield "compressed joblib", f"{label}-{kind}-o.joblib", dumped(payload, compress=(kind, 3))
    old = pickle.dumps(payload, 2)
    header = b"ZF" + hex(len(old)).encode().ljust(19)
    yield "compressed joblib", f"{label}-old.joblib", header + zlib.compress(old)


def in_archives(label: str, content: bytes) -> Iterator[tuple[str, str, bytes]]:
    """In compressed files and archives, also in archives of archives."""
    array = io.BytesIO()
    np.save(array, np.array([SYSTEM], dtype=object), allow_pickle=True)
    torch = {"m/data.pkl": content, "m/version": b"3\n", "m/data/0": b"\0" * 16}
    yield "compressed pickle", f"{label}.pkl.gz", gzip.compress(content)
    yield "compressed pickle", f"{label}.pkl.bz2", bz2.compress(content)
    yield "compressed pickle", f"{label}.pkl.xz", lzma.compress(content)
    yield "numpy", f"{label}.npy", array.getvalue()
    yield "numpy", f"{label}.npz", zipped(**{"a.npy": array.getvalue()})
    yield "archives", f"{label}.zip", zipped(**{"model.pkl": content})
    yield "archives", f"{label}-plain-name.zip", zipped(README=content)
    yield "archives", f"{label}-zip.zip", zipped(**{"inner.zip": zipped(**{"m.pkl": content})})
    yield "archives", f"{label}.tar", tarred("w", **{"model.pkl": content})
    yield "archives", f"{label}.tar.gz", tarred("w:gz", **{"model.pkl": content})
    yield "archives", f"{label}-tar.zip", zipped(**{"m.tar": tarred("w", **{"m.pkl": content})})
    yield "archives", f"{label}-gz.zip", zipped(**{"m.pkl.gz": gzip.compress(content)})
    yield "archives", f"{label}.pt", zipped(**torch)


def in_models(label: str, payload: object) -> Iterator[tuple[str, str, bytes]]:
    """In a real model that works as well as before."""
    spoilt = model(notes_=payload)
    yield "real model", f"{label}.pkl", pickle.dumps(spoilt)
    yield "real model", f"{label}.joblib", dumped(spoilt)
    yield "real model", f"{label}-3.joblib", dumped(spoilt, compress=3)
    yield "real model", f"{label}-last.joblib", dumped((model(), payload))


def at_predict() -> Iterator[tuple[str, str, bytes]]:
    """Models that do it when they are used."""
    import pandas as pd
    import scipy.stats
    from sklearn.feature_extraction.text import CountVectorizer

    functions: dict[str, Callable[..., object]] = {
        "system": os.system,
        "eval": eval,
        "load": joblib.load,
        "read_pickle": pd.read_pickle,
        "numpy-load": np.load,
        "partial": functools.partial(os.system, HARMLESS),
        "partial-load": functools.partial(np.load, NOWHERE, allow_pickle=True),
        "methodcaller": operator.methodcaller("to_pickle", NOWHERE),
        "attrgetter": operator.attrgetter("__class__.__init__.__globals__"),
        "query": pd.DataFrame.query,
        "to_csv": functools.partial(pd.DataFrame.to_csv, path_or_buf=NOWHERE),
        "getattr": getattr,
    }
    for name, function in functions.items():
        used = make_pipeline(FunctionTransformer(function), LogisticRegression())
        yield "at predict", f"{name}.pkl", pickle.dumps(used)
        yield "at predict", f"{name}.joblib", dumped(used, compress=("gzip", 3))
    reads = CountVectorizer(input="filename")
    yield "at predict", "filenames.joblib", dumped(reads)
    vectorized = CountVectorizer(analyzer=eval)
    yield "at predict", "analyzer.joblib", dumped(vectorized)
    norm = scipy.stats.norm
    state = norm.__getstate__() | {"_parse_arg_template": "import this"}
    restored = Restores(type(norm), state)
    yield "at predict", "distribution.pkl", pickle.dumps(restored)
    yield "at predict", "distribution.joblib", dumped(restored)


class Restores:
    """An object whose pickle gives an instance of a class a state."""

    def __init__(self, kind: type, state: object) -> None:
        self.kind = kind
        self.state = state

    def __reduce__(self) -> tuple[Any, ...]:
        import copyreg

        arguments = (self.kind, object, None)
        return copyreg._reconstructor, arguments, self.state  # type: ignore[attr-defined]


def tricks() -> Iterator[tuple[str, str, bytes]]:
    """Files that are made to be read in two ways."""
    system = pickle.dumps(SYSTEM)
    yield "tricks", "trailing.zip.pkl", pickle.dumps([1]) + zipped(**{"m.pkl": system})
    yield "tricks", "cut.pkl", pickle.dumps(model())[:-50]
    yield "tricks", "text.txt", pickle.dumps(SYSTEM, 0)
    yield "tricks", "catboost.cbm", b"CBM1" + b"\0" * 64 + system[2:]
    yield "tricks", "weights.safetensors", b"\x80\x04\x8b" + struct.pack("<I", 60) + (
        b"\0{ \"" + b" " * 56 + call("os", "system", (HARMLESS,))[2:]
    )  # fmt: skip
    whole = dumped([np.arange(50.0)])
    start = whole.index(np.arange(50.0).tobytes())
    hidden = whole[:start] + system + whole[start + len(system) :]
    longer = hidden.replace(b"K2", b"K\x00", 1)  # the shape says that there is no item
    yield "tricks", "shape.joblib", longer
    yield "tricks", "wrapper.pkl", gzip.compress(gzip.compress(system))
    skops = {"__class__": "system", "__module__": "posix", "__loader__": "FunctionNode"}
    inner = {"content": {"module_path": "os", "function": "system"}, **skops}
    schema = json.dumps({"protocol": 0, **inner}).encode()
    yield "tricks", "function.skops", zipped(**{"schema.json": schema})
    keras = {"class_name": "Lambda", "config": {"function": ["4wEAAA=="]}}
    layers = json.dumps({"config": {"layers": [keras]}}).encode()
    yield "tricks", "lambda.keras", zipped(**{"config.json": layers, "metadata.json": b"{}"})
    long_name = "cos\nsystem\n(S'true'\ntR."
    yield "tricks", "name.tar", tarred("w", **{long_name: b"{}"})
    noise = b"\x80\x04" + b"\x8c\x02os\x94" * 3 + b"\x8c\x06system\x94\x93" + values((HARMLESS,))
    yield "tricks", "noise.pkl", noise + b"R" + b"."
