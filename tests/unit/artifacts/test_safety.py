"""The scanner's rules, one by one."""

import bz2
import collections
import functools
import gzip
import importlib
import io
import lzma
import pickle
import re
import struct
import tarfile
import warnings
import zipfile
import zoneinfo
from pathlib import Path
from typing import Any, cast

import joblib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from mlgate.artifacts.safety import names
from mlgate.artifacts.safety.guard import Guard, reason, remedy
from mlgate.artifacts.safety.imports import Policy, is_known, problem_with
from mlgate.artifacts.safety.interface import Limits, Scan
from mlgate.artifacts.safety.scan import scan
from mlgate.artifacts.safety.sources import Sources
from mlgate.errors import ArtifactBlocked
from tests.corpus.hostile import SYSTEM, call, dumped, text, values, zipped


@pytest.fixture
def look(tmp_path):
    def look(content: bytes, policy: Policy | None = None, **limits: int) -> Scan:
        file = tmp_path / "model"
        file.write_bytes(content)
        return scan(file, policy or Policy(), Limits(**limits))

    return look


def subjects(seen: Scan) -> list[str]:
    return [danger.subject for danger in seen.dangers]


def test_a_finding_names_the_import_its_opcode_its_place_and_why(look):
    seen = look(zipped(**{"a/model.pkl": pickle.dumps(SYSTEM, 2)}))
    (danger,) = seen.dangers
    assert (danger.subject, danger.opcode) == ("posix.system", "GLOBAL")
    assert danger.place == "a/model.pkl: byte 2"
    assert "run code" in danger.why
    assert reason(seen) == (
        "it uses posix.system (GLOBAL at a/model.pkl: byte 2), and it can run code or commands"
    )


def test_every_import_is_listed(look):
    seen = look(dumped(LogisticRegression()))
    assert seen.safe
    assert seen.imports == ("sklearn.linear_model._logistic.LogisticRegression",)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (pickle.dumps([1]), "pickle"),
        (dumped(np.ones(3)), "joblib"),
        (dumped(np.ones(3), compress=("xz", 1)), "joblib (xz)"),
        (gzip.compress(pickle.dumps([1])), "pickle (gzip)"),
        (b'{"learner": {}, "version": [3, 0, 0]}', "XGBoost JSON"),
        (b"{L\0\0\0\0\0\0\0\x01i\x07learner{", "XGBoost UBJSON"),
        (b"tree\nversion=v4\n", "LightGBM text"),
        (b"CBM1" + bytes(100), "CatBoost"),
        (b"PAR1" + bytes(50), "Parquet"),
        (b"\x08\x0a\x12\x08skl2onnx:\x04\x0a\x02ab", "ONNX"),
        (struct.pack("<Q", 12) + b'{"a":  {}}  ' + bytes(9), "safetensors"),
        (b"a,b\n1,2\n", "text"),
        (b"customer_id,churned\n1,2\n", "text"),
        (b"channels:\n- conda-forge\n", "text"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",  # compressed bytes hold the time
)
def test_a_format_is_known_by_its_content(look, content, expected):
    seen = look(content)
    assert (seen.format, seen.safe) == (expected, True)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"\x89HDF\r\n\x1a\n" + bytes(20), "HDF5 cannot be looked into"),
        (b"\x04\x22\x4d\x18" + bytes(20), "LZ4 cannot be looked into"),
        (bytes(range(256)), "no pickle"),
        (pickle.dumps(list(range(500)))[:-20], "no pickle"),
        (dumped(np.ones(500))[:-20], "ends too early"),
        (gzip.compress(pickle.dumps([1]))[:-12], "compressed stream"),
        (gzip.compress(pickle.dumps([1])) + b"more", "unpacked"),
        (pickle.dumps([1]) + b"\xff\xfe", "no pickle"),
        (zipped(a=pickle.dumps([1]))[:-30], "damaged"),
        (b"\x80\x09N.", "protocol"),
        (b"\x80\x04\x95\x20" + bytes(7) + b"N.", "frame"),
        (b"\x80\x04h\x07.", "does not have"),
        (b"\x80\x040.", "no pickle"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_read_to_its_end_is_not_safe(look, content, why):
    seen = look(content)
    assert not seen.safe
    assert why in (seen.unreadable or "")


class TestImports:
    @pytest.mark.parametrize(
        "full",
        [
            "sklearn.linear_model._logistic.LogisticRegression",
            "sklearn.tree._tree.Tree",
            "sklearn.metrics._classification.f1_score",
            "scipy.sparse._csr.csr_matrix",
            "numpy.log1p",
            "pandas.core.internals.managers.BlockManager",
            "xgboost.sklearn.XGBClassifier",
            "lightgbm.basic.Booster",
            "catboost.core.CatBoostClassifier",
        ],
    )
    def test_what_models_are_made_of_is_allowed(self, full):
        module, _, name = full.rpartition(".")
        assert Policy().why_not(module, name) is None

    @pytest.mark.parametrize(
        "full",
        [
            "numpy.testing._private.utils.runstring",
            "numpy.f2py.crackfortran.getlincoef",
            "numpy.load",
            "pandas.read_csv",
            "pandas.eval",
            "sklearn.datasets._base.Path",
            "sklearn.utils.fixes.threadpoolctl",
            "sklearn.utils.parallel.Parallel",
            "sklearn.base.warnings",
            "sklearn.tree._export.StringIO",
            "scipy.stats._distn_infrastructure.rv_histogram",
            "scipy.io.loadmat",
            "joblib.memory.Memory",
            "collections.abc",
            "datetime.sys",
        ],
    )
    def test_what_is_dangerous_in_an_allowed_library_is_not(self, full):
        module, _, name = full.rpartition(".")
        assert Policy().why_not(module, name)

    @pytest.mark.parametrize("module", names.EXACT)
    def test_every_listed_name_is_what_its_rule_promises(self, module):
        """Modules, loaders and the like must not slip into the list."""
        try:
            found = importlib.import_module(module)
        except ImportError:
            pytest.skip("of another version, or not installed")
        for name in names.EXACT[module]:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # old places of names that moved
                value = None if "." in name else getattr(found, name, None)
            if value is not None:
                assert not isinstance(value, type(importlib)), name
                home = str(getattr(value, "__module__", None) or module).partition(".")[0]
                roots = {module.partition(".")[0], "builtins", "numpy", "_io", "cython_runtime"}
                assert home in roots | {"_collections", "_operator", "functools"}, (name, home)

    def test_all_classes_of_the_allowed_packages_are_their_own(self):
        """A class that a module only imported may be anything."""
        homes = {"sklearn", "scipy", "numpy", "pandas", "numbers", "decimal", "collections"}
        homes |= {"_propack", "_cyutility"}
        looked, foreign = 0, set()
        for module in walk("sklearn", "scipy.sparse", "scipy.interpolate", "pandas.core.arrays"):
            for name, value in vars(module).items():
                if is_known(module.__name__, name) and isinstance(value, type):
                    looked += 1
                    home = value.__module__.partition(".")[0]
                    if home not in homes and not is_known(value.__module__, value.__name__):
                        foreign.add(f"{module.__name__}.{name} of {value.__module__}")
        assert looked > 1000
        assert foreign <= {f"scipy.sparse.linalg{n}.SuperLU of builtins" for n in ("", *DSOLVE)}


DSOLVE = ("._dsolve", "._dsolve._superlu", "._dsolve.linsolve")


def walk(*packages: str) -> list[Any]:
    """The modules of packages that are imported already, and those that models name."""
    import sys

    from sklearn.utils import all_estimators

    all_estimators()
    return [
        module
        for name, module in sorted(sys.modules.items())
        if name.startswith(packages) and ".tests" not in name
    ]


class TestOwnModules:
    def test_a_class_of_the_repository_is_blocked_and_the_message_has_the_line_to_add(
        self, look, tmp_path
    ):
        (tmp_path / "shop").mkdir()
        sources = Sources.around(tmp_path / "model", tmp_path)
        seen = look(call("shop.models", "Model", ()), Policy(sources=sources))
        assert "code of this repository" in reason(seen)
        assert "{type: artifact-safety, allow: ['shop.models.*']}" in remedy(seen)

    @pytest.mark.parametrize("pattern", ["shop.*", "shop.models.*", "shop.models.Model"])
    def test_it_is_usable_once_it_is_allowed(self, look, pattern):
        assert look(call("shop.models", "Model", ()), Policy(allow=(pattern,))).safe

    @pytest.mark.parametrize(
        ("module", "name"),
        [
            ("shopping.models", "Model"),
            ("shop.models", "os.system"),
            ("shop.models", "__loader__"),
            ("other", "Model"),
        ],
    )
    def test_an_allowed_module_opens_no_other(self, look, module, name):
        assert not look(call(module, name, ()), Policy(allow=("shop.*",))).safe

    @pytest.mark.parametrize("source", ["from os import system as run", "import subprocess as run"])
    def test_what_an_allowed_module_only_imports_is_judged_as_what_it_is(
        self, look, tmp_path, source
    ):
        (tmp_path / "shop.py").write_text(source)
        policy = Policy(allow=("shop.*",), sources=Sources.around(tmp_path / "m", tmp_path))
        assert "is" in reason(look(call("shop", "run", ()), policy))

    def test_what_it_imports_from_another_allowed_one_is_allowed(self, look, tmp_path):
        (tmp_path / "shop").mkdir()
        (tmp_path / "shop" / "__init__.py").write_text("from .models import Model")
        (tmp_path / "shop" / "models.py").write_text("class Model: ...")
        policy = Policy(allow=("shop.*",), sources=Sources.around(tmp_path / "m", tmp_path))
        assert look(call("shop", "Model", ()), policy).safe

    def test_a_module_that_takes_the_place_of_a_library_is_blocked(self, look, tmp_path):
        (tmp_path / "sklearn.py").write_text("")
        policy = Policy(sources=Sources.around(tmp_path / "m", tmp_path))
        assert "in its place" in reason(look(dumped(LogisticRegression()), policy))

    def test_a_class_of_the_training_script_is_to_be_moved(self, look):
        seen = look(call("__main__", "Model", ()))
        assert "training script" in reason(seen)
        assert "move the class" in remedy(seen)

    @pytest.mark.parametrize(
        "pattern", ["*", "os.*", "os.system", "builtins.eval", "__main__.*", "a b", "sklearn.*", ""]
    )
    def test_what_is_nobodys_own_cannot_be_allowed(self, pattern):
        assert problem_with(pattern)

    def test_a_name_is_never_a_path(self, tmp_path):
        (tmp_path / "x.py").write_text("")
        sources = Sources.around(tmp_path / "a" / "m", tmp_path / "a")
        assert not sources.has("../x")
        assert sources.origin("..x", "y") is None


class TestCalls:
    def restored(self, kind: str, state: bytes) -> bytes:
        module, _, name = kind.rpartition(".")
        return b"\x80\x04" + text(module) + text(name) + b"\x93)\x81" + state + b"b."

    def test_a_method_of_text_may_be_handed_on(self, look):
        assert look(pickle.dumps(str.lower)).safe
        assert subjects(look(pickle.dumps(str.format))) == ["builtins.getattr"]

    def test_a_time_zone_is_restored_by_its_name(self, look):
        assert look(pickle.dumps(zoneinfo.ZoneInfo("Europe/Berlin"))).safe

    @pytest.mark.parametrize("function", [getattr, type])
    def test_a_function_with_rules_may_not_be_handed_on(self, look, function):
        assert not look(pickle.dumps([function])).safe
        assert not look(pickle.dumps(functools.partial(function))).safe

    def test_a_partial_is_judged_by_its_function(self, look):
        assert look(pickle.dumps(functools.partial(np.clip, a_min=0, a_max=1))).safe
        assert subjects(look(pickle.dumps(functools.partial(np.load)))) == ["numpy.load"]

    def test_what_a_call_gives_may_not_be_called(self, look):
        inner = text("functools") + text("partial") + b"\x93" + text("numpy") + text("log1p")
        seen = look(b"\x80\x04" + inner + b"\x93\x85R" + values((1,)) + b"R.")
        assert "what another call gave" in reason(seen)

    def test_a_new_class_may_not_be_made(self, look):
        assert not look(call("builtins", "type", ("A", (), {}))).safe
        assert look(pickle.dumps(type(None))).safe

    def test_the_class_of_an_instance_may_not_be_changed(self, look):
        slots = b"N}" + text("__class__") + text("sklearn.base") + text("TransformerMixin")
        state = slots + b"\x93s\x86"
        seen = look(self.restored("sklearn.base.BaseEstimator", state))
        assert "may change its class" in reason(seen)

    def test_a_state_of_a_distribution_must_be_scipys(self, look):
        import scipy.stats

        assert look(pickle.dumps(scipy.stats.gamma(2))).safe
        assert look(pickle.dumps(scipy.stats.randint(1, 5))).safe
        state = b"}" + text("_parse_arg_template") + text("import this") + b"s"
        seen = look(self.restored("scipy.stats._continuous_distns.norm_gen", state))
        assert "runs as code" in reason(seen)

    @pytest.mark.parametrize(
        "maker",
        [
            ("pandas.core.indexes.base", "_new_Index", b"}\x86"),
            ("numpy.random._pickle", "__bit_generator_ctor", b"\x85"),
            ("sklearn.neighbors._kd_tree", "newObj", b"\x85"),
        ],
    )
    def test_a_class_with_rules_may_not_be_made_by_another_function(self, look, maker):
        module, function, rest = maker
        kind = text("scipy.stats._continuous_distns") + text("norm_gen") + b"\x93"
        made = text(module) + text(function) + b"\x93" + kind + rest + b"R"
        state = b"}" + text("_parse_arg_template") + text("import this") + b"s"
        seen = look(b"\x80\x04" + made + state + b"b.")
        assert subjects(seen) == ["scipy.stats._continuous_distns.norm_gen"]

    def test_a_key_that_was_forgotten_is_not_trusted(self, look):
        """Of very many texts, only some are kept."""
        import scipy.stats

        many = b"".join(b"\x8c\x01x\x940" for _ in range(1_000_001))
        key = text("_parse_arg_template") + b"\x94"
        place = struct.pack("<I", 1_000_001)
        state = b"}" + text("_parse_arg_template")
        good = scipy.stats.norm.__getstate__()["_parse_arg_template"].encode()
        state += b"X" + struct.pack("<I", len(good)) + good + b"s"
        state += b"j" + place + text("import this") + b"s"
        kind = text("scipy.stats._continuous_distns") + text("norm_gen") + b"\x93)\x81"
        assert look(b"\x80\x04" + kind + state[: state.index(b"j" + place)] + b"b.").safe
        assert not look(b"\x80\x04" + many + key + b"0" + kind + state + b"b.").safe

    def test_a_computed_key_of_a_state_is_not_trusted(self, look):
        key = text("builtins") + text("str") + b"\x93" + values((b"_parse_arg_template",)) + b"R"
        state = b"}" + key + text("import this") + b"s"
        assert not look(self.restored("scipy.stats._continuous_distns.norm_gen", state)).safe

    def test_collections_keep_what_they_hold(self, look):
        assert look(pickle.dumps(collections.defaultdict(list, a=[1]))).safe
        made: Any = collections.defaultdict(cast("Any", __import__))
        assert subjects(look(pickle.dumps(made))) == ["builtins.__import__"]


class TestArrays:
    def test_a_pickle_after_many_arrays_is_found(self, look):
        arrays = [np.ones((n, 3), dtype=t) for n in range(20) for t in ("f8", "i1", "U7", "M8[ns]")]
        assert look(dumped(arrays)).safe
        assert subjects(look(dumped([*arrays, SYSTEM]))) == ["posix.system"]

    def test_a_pickle_within_an_array_of_objects_is_found(self, look):
        inside = np.array([[1, SYSTEM]], dtype=object)
        assert subjects(look(dumped([np.ones(3), inside, np.ones(3)]))) == ["posix.system"]

    def test_bytes_of_an_array_are_never_followed(self, look):
        evil = np.frombuffer(pickle.dumps(SYSTEM) * 3, dtype=np.uint8)
        assert look(dumped([evil, 1])).safe

    def test_files_of_joblib_before_1_2_have_no_padding(self, look):
        attribute = rb"(?:X\x1b\0\0\0numpy_array_alignment_bytes(?:q.|r....)|h.)K\x10ub.\xff+"

        def as_older(value: object) -> bytes:
            content = dumped(value, protocol=2)
            older, count = re.subn(attribute, b"ub", content, flags=re.DOTALL)
            assert count == 2
            return older

        arrays = [np.arange(1.0, 6.0), np.ones((2, 2))]
        assert joblib.load(io.BytesIO(as_older(arrays)))[0][4] == 5.0
        assert look(as_older(arrays)).safe
        assert subjects(look(as_older([*arrays, SYSTEM]))) == ["posix.system"]

    def test_a_place_holder_elsewhere_is_blocked(self, look):
        wrapper = text("joblib.numpy_pickle") + text("NumpyArrayWrapper") + b"\x93"
        assert not look(b"\x80\x04" + wrapper + b".").safe
        new = text("pandas.core.indexes.base") + text("_new_Index") + b"\x93" + wrapper + b"}\x86R"
        assert not look(b"\x80\x04" + new + b"}b.").safe
        assert not look(b"\x80\x04" + wrapper + b")\x81.").safe

    def test_a_place_holder_in_a_numpy_file_is_blocked(self, look):
        file = io.BytesIO()
        np.save(file, np.array([None], dtype=object), allow_pickle=True)
        header = file.getvalue()[:128]
        assert not look(header + dumped(np.ones(3))).safe

    def test_objects_in_a_numpy_file_are_looked_at(self, look):
        file = io.BytesIO()
        np.savez(file, a=np.ones(3), b=np.array([1, SYSTEM], dtype=object))
        seen = look(file.getvalue())
        assert (seen.format, subjects(seen)) == ("npz", ["posix.system"])


class TestLimits:
    def test_a_bomb_is_not_unpacked(self, look):
        bomb = gzip.compress(gzip.compress(bytes(50 << 20)))
        assert "more than is looked at" in (look(bomb, unpacked=1 << 20).unreadable or "")

    @pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
    def test_a_compressed_bomb_ends_at_the_limit(self, look, pack):
        bomb = pack(b"\x80\x04B" + struct.pack("<I", 40 << 20) + bytes(40 << 20) + b".")
        assert look(bomb).safe
        assert "more than is looked at" in (look(bomb, unpacked=10 << 20).unreadable or "")

    def test_a_pickle_of_endless_opcodes_ends_at_the_limit(self, look):
        assert "opcodes" in (
            look(b"\x80\x04" + b"N0" * 3_000_000 + b"N.", opcodes=1 << 20).unreadable or ""
        )

    def test_archives_in_archives_end(self, look):
        content = pickle.dumps([1])
        for _ in range(8):
            content = zipped(a=content)
        assert "too deeply" in (look(content).unreadable or "")

    def test_a_number_of_many_digits_is_not_computed(self, look):
        assert not look(b"\x80\x02I" + b"9" * 60_000 + b"\n.").safe
        assert not look(b"\x80\x04\x8b" + struct.pack("<I", 1 << 20) + bytes(1 << 20) + b".").safe

    def test_dangers_are_listed_up_to_a_limit(self, look):
        many = b"".join(text(f"m{n}") + text("f") + b"\x93" for n in range(5000))
        seen = look(b"\x80\x04" + many + b".")
        assert len(seen.dangers) == 200
        assert not seen.safe


class TestArchives:
    def test_a_member_with_two_contents_is_blocked(self, look):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("a", pickle.dumps([1]))
            with pytest.warns(UserWarning, match="Duplicate"):
                archive.writestr("a", pickle.dumps([2]))
        assert "two members" in (look(file.getvalue()).unreadable or "")

    def test_a_tar_that_says_a_size_twice_is_blocked(self, look):
        file = io.BytesIO()
        with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
            info = tarfile.TarInfo("a")
            info.pax_headers = {"size": "0"}
            archive.addfile(info)
        assert "in two ways" in (look(file.getvalue()).unreadable or "")

    def test_a_folder_is_looked_into_as_a_whole(self, tmp_path):
        (tmp_path / "MLmodel").write_text(
            "flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n"
        )
        (tmp_path / "conda.yaml").write_text("channels:\n- conda-forge\n")
        (tmp_path / "model.pkl").write_bytes(pickle.dumps(LogisticRegression()))
        assert scan(tmp_path, Policy()).safe
        (tmp_path / "more.pkl").write_bytes(pickle.dumps(SYSTEM))
        assert scan(tmp_path, Policy()).dangers[0].place == "more.pkl: byte 28"

    def test_a_folder_with_code_of_its_own_is_blocked(self, tmp_path):
        (tmp_path / "MLmodel").write_text("loader_module: evil.loader\n")
        assert subjects(scan(tmp_path, Policy())) == ["evil.loader"]

    def test_a_link_out_of_a_folder_is_blocked(self, tmp_path):
        (tmp_path / "model").mkdir()
        (tmp_path / "model" / "a.pkl").symlink_to("/etc/hostname")
        assert "leads out" in (scan(tmp_path / "model", Policy()).unreadable or "")


class TestGuard:
    def test_a_file_that_changed_is_looked_into_again(self, tmp_path):
        guard, file = Guard(), tmp_path / "model"
        file.write_bytes(pickle.dumps([1]))
        assert guard.scan(file, Policy()).safe
        file.write_bytes(pickle.dumps(SYSTEM))
        assert not guard.scan(file, Policy()).safe

    def test_an_unsafe_file_is_refused_with_a_sentence(self, look):
        with pytest.raises(ArtifactBlocked, match=r"churn was not loaded: it uses posix\.system"):
            Guard().require_safe(look(pickle.dumps(SYSTEM)), "churn")


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(value=PLAIN, protocol=st.integers(0, 5))
def test_plain_data_is_always_safe(value, protocol, tmp_path_factory):
    file = Path(tmp_path_factory.getbasetemp()) / "plain.pkl"
    file.write_bytes(pickle.dumps(value, protocol))
    seen = scan(file, Policy())
    assert seen.safe, reason(seen)


@settings(max_examples=300, deadline=None)
@given(content=st.binary(max_size=300), start=st.sampled_from([b"", b"\x80\x04", b"(", b"]"]))
def test_noise_never_raises(content, start, tmp_path_factory):
    file = Path(tmp_path_factory.getbasetemp()) / "noise.pkl"
    file.write_bytes(start + content)
    assert scan(file, Policy()).format
