"""The names that files of models are made of, and the reasons why other names are none.

What is listed here is harmless whatever it is called with: it computes on what it is given, and
neither reads or writes files, nor reaches the network, nor runs text as code, nor takes an object
apart by a name that comes as text. New names keep to this rule; a test resolves all of them in the
installed libraries.
"""

import collections.abc as abc
import enum
import re
import types
import typing


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NUMPY_FUNCTIONS = _words("""
    abs absolute add all amax amin angle any append arange arccos arccosh arcsin arcsinh arctan
    arctan2 arctanh argmax argmin argsort argwhere around array asanyarray asarray
    ascontiguousarray asfortranarray atleast_1d atleast_2d atleast_3d average bincount
    broadcast_to cbrt ceil choose clip column_stack concatenate conjugate copy copysign corrcoef
    cos cosh cov cross cumprod cumsum deg2rad degrees diag diff digitize divide dot dstack empty
    empty_like equal exp exp2 expand_dims expm1 fabs flip floor floor_divide fmax fmin fmod full
    full_like greater greater_equal histogram hstack hypot identity imag interp isfinite isin
    isinf isnan isnat isreal less less_equal linspace log log10 log1p log2 logaddexp logical_and
    logical_not logical_or logical_xor logspace matmul max maximum mean median meshgrid min
    minimum mod moveaxis multiply nan_to_num nanmax nanmean nanmedian nanmin nanpercentile
    nanquantile nanstd nansum nanvar negative nonzero not_equal ones ones_like outer percentile
    positive power prod ptp quantile rad2deg radians ravel real reciprocal remainder repeat
    reshape rint roll round round_ searchsorted select sign signbit sin sinc sinh sort split
    sqrt square squeeze stack std subtract sum swapaxes take tan tanh tile trace transpose
    trapezoid tril triu true_divide trunc unique vander var vstack where zeros zeros_like
""")

_NUMPY_TYPES = _words("""
    bool bool_ byte bytes_ cdouble clongdouble complex128 complex256 complex64 csingle datetime64
    double dtype float128 float16 float32 float64 generic half int16 int32 int64 int8 int_ intc intp
    long longdouble longlong matrix ndarray number object_ poly1d recarray record short single str_
    string_ timedelta64 ubyte uint uint16 uint32 uint64 uint8 uintc uintp ulong ulonglong unicode_
    ushort vectorize void
""")

_MULTIARRAY = _words("_reconstruct scalar")

_BUILTINS = _words("""
    set frozenset list dict tuple bytearray bytes str int float complex bool slice range object
    Ellipsis NotImplemented abs len min max sum round sorted any all
    ArithmeticError AssertionError AttributeError BaseException Exception IndexError KeyError
    LookupError NameError NotImplementedError OverflowError RuntimeError RuntimeWarning
    StopIteration TypeError UserWarning ValueError Warning ZeroDivisionError
""")

_PANDAS = _words("""
    DataFrame Series Index MultiIndex RangeIndex CategoricalIndex DatetimeIndex IntervalIndex
    PeriodIndex TimedeltaIndex Int64Index Float64Index UInt64Index Categorical CategoricalDtype
    Timestamp Timedelta Period Interval DateOffset NA NaT Flags
    ArrowDtype BooleanDtype DatetimeTZDtype Float32Dtype Float64Dtype Int8Dtype Int16Dtype
    Int32Dtype Int64Dtype IntervalDtype PeriodDtype SparseDtype StringDtype UInt8Dtype UInt16Dtype
    UInt32Dtype UInt64Dtype
    concat cut factorize get_dummies isna isnull notna notnull qcut to_datetime to_numeric
    to_timedelta unique
""")

EXACT: dict[str, frozenset[str]] = {
    "builtins": _BUILTINS,
    "collections": _words("OrderedDict defaultdict Counter deque"),
    "copyreg": _words("_reconstructor __newobj__ __newobj_ex__"),
    "datetime": _words("date datetime time timedelta timezone"),
    "decimal": _words("Decimal"),
    "fractions": _words("Fraction"),
    "functools": _words("partial"),
    "joblib.numpy_pickle": _words("NumpyArrayWrapper"),
    "math": _words("ceil cos exp fabs floor log log10 log1p log2 pow sin sqrt tan tanh"),
    "operator": _words("itemgetter"),
    "pathlib": _words("PosixPath PurePosixPath PureWindowsPath WindowsPath"),
    "pytz": _words("_UTC _p"),
    "re": _words("_compile"),
    "types": _words("SimpleNamespace"),
    "uuid": _words("UUID SafeUUID"),
    "zoneinfo": _words("ZoneInfo"),
    "numpy": NUMPY_FUNCTIONS | _NUMPY_TYPES,
    "numpy.core.multiarray": _MULTIARRAY,
    "numpy._core.multiarray": _MULTIARRAY,
    "numpy.core.numeric": _words("_frombuffer"),
    "numpy._core.numeric": _words("_frombuffer"),
    "numpy._core._multiarray_umath": _MULTIARRAY | NUMPY_FUNCTIONS,
    "numpy.core._multiarray_umath": _MULTIARRAY | NUMPY_FUNCTIONS,
    "numpy.ma": _words("MaskedArray"),
    "numpy.ma.core": _words("MaskedArray _mareconstruct MaskedConstant"),
    "numpy.matrixlib.defmatrix": _words("matrix"),
    "numpy.random": _words("Generator RandomState"),
    "numpy.random._generator": _words("Generator"),
    "numpy.random._mt19937": _words("MT19937"),
    "numpy.random._pcg64": _words("PCG64 PCG64DXSM"),
    "numpy.random._philox": _words("Philox"),
    "numpy.random._sfc64": _words("SFC64"),
    "numpy.random._pickle": _words("__bit_generator_ctor __generator_ctor __randomstate_ctor"),
    "numpy.random.bit_generator": _words("SeedSequence __pyx_unpickle_SeedSequence"),
    "numpy.random.mtrand": _words("RandomState"),
    "numpy.rec": _words("recarray record"),
    "pandas": _PANDAS,
    "pandas.arrays": _words("""
        ArrowExtensionArray ArrowStringArray BooleanArray DatetimeArray FloatingArray IntegerArray
        IntervalArray NumpyExtensionArray PandasArray PeriodArray SparseArray StringArray
        TimedeltaArray"""),
    "pandas._libs.arrays": _words("__pyx_unpickle_NDArrayBacked NDArrayBacked"),
    "pandas._libs.internals": _words("_unpickle_block BlockPlacement BlockManager"),
    "pandas._libs.interval": _words("__pyx_unpickle_IntervalMixin Interval"),
    "pandas._libs.missing": _words("NA NAType C_NA"),
    "pandas._libs.sparse": _words("IntIndex BlockIndex"),
    "pandas._libs.tslibs.nattype": _words("_nat_unpickle NaTType"),
    "pandas._libs.tslibs.period": _words("Period"),
    "pandas._libs.tslibs.timedeltas": _words("_timedelta_unpickle Timedelta"),
    "pandas._libs.tslibs.timestamps": _words("_unpickle_timestamp Timestamp"),
    "pandas.core.frame": _words("DataFrame"),
    "pandas.core.series": _words("Series"),
    "pandas.core.indexes.base": _words("_new_Index Index"),
    "pandas.core.indexes.datetimes": _words("_new_DatetimeIndex DatetimeIndex"),
    "pandas.core.indexes.interval": _words("_new_IntervalIndex"),
    "pandas.core.indexes.period": _words("_new_PeriodIndex PeriodIndex"),
    "pandas.core.indexes.timedeltas": _words("_new_TimedeltaIndex TimedeltaIndex"),
    "pandas.core.reshape.encoding": _words("get_dummies"),
    "pandas.core.reshape.tile": _words("cut qcut"),
    "pandas.core.tools.numeric": _words("to_numeric"),
    "pandas.core.tools.datetimes": _words("to_datetime"),
    "pyarrow.lib": _words("_restore_array type_for_alias py_buffer chunked_array"),
    "scipy._lib.array_api_compat.numpy._aliases": _words("asarray"),
    "scipy.interpolate._interpolate": _words("""
        interp1d interp2d PPoly BPoly NdPPoly interp1d._call_linear interp1d._call_linear_np
        interp1d._call_nan_spline interp1d._call_nearest interp1d._call_previousnext
        interp1d._call_spline"""),
    "scipy.interpolate.interpolate": _words("interp1d interp2d PPoly BPoly"),
    "scipy.interpolate.polyint": _words("BarycentricInterpolator KroghInterpolator"),
    "scipy.spatial._ckdtree": _words("cKDTree cKDTreeNode"),
    "scipy.spatial.ckdtree": _words("cKDTree cKDTreeNode"),
    "scipy.stats._kde": _words("gaussian_kde"),
    "scipy.stats.kde": _words("gaussian_kde"),
    "scipy.stats._distn_infrastructure": _words(
        "rv_frozen rv_continuous_frozen rv_discrete_frozen"
    ),
    "sklearn.cluster._kmeans": _words(
        "_kmeans_single_elkan _kmeans_single_lloyd elkan_iter_chunked_dense "
        "lloyd_iter_chunked_dense"
    ),
    "sklearn.neighbors._ball_tree": _words("newObj"),
    "sklearn.neighbors._kd_tree": _words("newObj"),
    "sklearn.neighbors.ball_tree": _words("newObj"),
    "sklearn.neighbors.kd_tree": _words("newObj"),
    "sklearn.neighbors.dist_metrics": _words("newObj"),
    "sklearn.neighbors._dist_metrics": _words("newObj"),
    "sklearn.metrics._dist_metrics": _words("newObj"),
    "sklearn.feature_selection._univariate_selection": _words(
        "chi2 f_classif f_oneway f_regression r_regression"
    ),
    "sklearn.feature_selection._mutual_info": _words("mutual_info_classif mutual_info_regression"),
    "sklearn.preprocessing._data": _words(
        "add_dummy_feature binarize maxabs_scale minmax_scale normalize power_transform "
        "quantile_transform robust_scale scale"
    ),
    "sklearn.preprocessing._function_transformer": _words("_identity"),
    "sklearn.compose._column_transformer": _words("make_column_selector"),
    "sklearn.decomposition._fastica": _words("_cube _exp _logcosh"),
    "lightgbm.basic": _words("Booster LGBMDeprecationWarning"),
    "lightgbm.sklearn": _words("LGBMModel LGBMClassifier LGBMRegressor LGBMRanker"),
    "xgboost.core": _words("Booster"),
    "xgboost.sklearn": _words(
        "XGBModel XGBClassifier XGBRegressor XGBRanker XGBRFClassifier XGBRFRegressor"
    ),
    "xgboost.callback": _words("EarlyStopping EvaluationMonitor LearningRateScheduler"),
    "catboost.core": _words(
        "CatBoost CatBoostClassifier CatBoostRegressor CatBoostRanker _CatBoostBase"
    ),
    "_catboost": _words("_CatBoost"),
}
"""By module: every name that is allowed there, besides the classes of `CLASSES`."""

CLASSES = (
    "sklearn.",
    "scipy.sparse.",
    "scipy.interpolate.",
    "scipy.spatial.transform.",
    "numpy.dtypes",
    "numpy.polynomial.",
    "pandas.core.arrays.",
    "pandas.core.dtypes.dtypes",
    "pandas.core.indexes.",
    "pandas.core.internals.",
    "pandas._libs.tslibs.offsets",
)
"""Modules and packages (with a dot) all of whose classes are allowed but for `NOT_IN_CLASSES`."""

NOT_IN_CLASSES = (
    "sklearn.callback",
    "sklearn.conftest",
    "sklearn.datasets",
    "sklearn.experimental",
    "sklearn.externals",
    "sklearn.inspection",
    "sklearn.utils._array_api",
    "sklearn.utils._joblib",
    "sklearn.utils._repr_html",
    "sklearn.utils._test_common",
    "sklearn.utils._testing",
    "sklearn.utils.deprecation",
    "sklearn.utils.discovery",
    "sklearn.utils.estimator_checks",
    "sklearn.utils.fixes",
    "sklearn.utils.parallel",
    "sklearn.utils._set_output",
    "pandas.core.internals.api",
    "pandas.core.internals.construction",
)
"""Modules in `CLASSES` that load data, run other code, or are for tests."""

CLASS_NAME = re.compile(r"_{0,2}[A-Z]\w*|__pyx_unpickle_[A-Z]\w*", re.ASCII)
"""What a class is called, or what Cython calls to restore an object."""

SPARSE_NAME = re.compile(r"[a-z]{3}_(matrix|array)", re.ASCII)
"""What a sparse matrix is called."""

NOT_CLASS = (
    frozenset((*abc.__all__, *enum.__all__, *types.__all__, *typing.__all__))
    | frozenset(("ABC", "ABCMeta"))
    | _words("""
        BytesIO Cache Client Connection Files Listener Lock MemmappingPool Memory Parallel Parameter
        Path Pool Popen Process Queue RLock Signature Socket StringIO Template Thread ThreadPool
    """)
)
"""Classes of Python and of other libraries that a module may have imported."""

DISTRIBUTIONS = re.compile(r"scipy\.stats\.(_continuous_distns|_discrete_distns)", re.ASCII)
DISTRIBUTION_METHODS = _words("_entropy _nonzero _ppf_single _ppfvec")
DISTRIBUTION_NAME = re.compile(r"[a-z]\w*_gen", re.ASCII)

SCIPY_SPECIAL = re.compile(r"scipy\.special(\._\w*ufuncs|\._ufuncs_cxx|\._basic)?", re.ASCII)
SCIPY_SPECIAL_FUNCTIONS = _words("""
    bdtr betainc boxcox boxcox1p cbrt digamma entr erf erfc erfcx erfinv exp10 exp2 expit expm1
    gamma gammainc gammaln huber inv_boxcox inv_boxcox1p kl_div log1p log_expit log_ndtr log_softmax
    logit logsumexp loggamma ndtr ndtri psi rel_entr softmax xlog1py xlogy
""")

METRICS = re.compile(
    r"sklearn\.metrics(\.(?!_plot)(pairwise|_?\w+(\.pairwise|\._\w+)?))?", re.ASCII
)
METRIC_NAME = re.compile(
    r"[a-z]\w*_(auc|coefficient|coef|curve|distances?|divergence|error|kernel|kernels|likelihood_ratios"
    r"|loss|matrix|precision|rates|ratios|report|score|scores|support)|auc|v_measure_score",
    re.ASCII,
)

STR_METHODS = _words("""
    capitalize casefold lower lstrip replace rstrip split splitlines startswith endswith strip
    swapcase title upper isalpha isdigit isnumeric
""")
"""Methods of `str` that a vectorizer may be given."""

WHY_EXACT: dict[str, str] = {
    "operator.attrgetter": "it reaches any attribute by a name that comes as text",
    "operator.methodcaller": "it calls any method by a name that comes as text",
    "builtins.getattr": "it reaches any attribute by a name that comes as text",
    "builtins.type": "it makes new classes",
    "numpy.memmap": "it reads and writes files",
    "numpy._core._ufunc_reconstruct": "it imports a module by a name that comes as text",
    "numpy.core._ufunc_reconstruct": "it imports a module by a name that comes as text",
    "_codecs.encode": "it encodes with another codec than latin1",
    "joblib.numpy_pickle_compat.NDArrayWrapper": (
        "it unpickles another file beside this one; save the model again with joblib 0.10 or newer"
    ),
    "joblib.numpy_pickle_compat.ZNDArrayWrapper": (
        "it unpickles another file beside this one; save the model again with joblib 0.10 or newer"
    ),
}
"""Reasons for single names."""

_RUNS = "it can run code or commands"
_FILES = "it reads or writes files"
_NETWORK = "it reaches the network"
_SECOND = "it loads another file, which nobody has looked into"
_INSIDE = "it reaches into the running interpreter"
_NATIVE = "it runs native code"
_CODE = "it restores code that is stored in the file itself"

_LOADERS = (
    r"(pandas|numpy|joblib|torch|dask|polars)\..*?"
    r"(load|loads|read_\w+|loadtxt|genfromtxt|fromfile|fromregex|DataSource|HDFStore|ExcelFile)"
)

WHY_NAME: tuple[tuple[str, str], ...] = (
    (r"\w*(__import__|eval|exec|compile|runstring|runscript|runcall|system|popen|spawn\w*)", _RUNS),
    (_LOADERS, _SECOND),
    (r"sklearn\.datasets\..*", "it loads or fetches data"),
    (r".*\.(load_files|fetch_\w+|urlretrieve|urlopen)", _NETWORK),
    (r".*\.(open|save\w*|to_\w+|tofile|write\w*|unlink|remove|rmtree|rename|mkdir)", _FILES),
)  # fmt: skip
"""Reasons by a pattern of the whole name; the first that matches counts."""

WHY_ROOT: dict[str, str] = {
    **dict.fromkeys(
        _words("""
            os posix nt posixpath ntpath subprocess _posixsubprocess pty commands popen2 runpy code
            codeop timeit profile cProfile pdb bdb trace doctest unittest pytest multiprocessing
            concurrent asyncio threading _thread sched signal pip setuptools distutils ensurepip
            venv webbrowser antigravity platform idlelib lib2to3 nose IPython sh fabric paramiko
            plumbum pexpect ptyprocess
        """),
        _RUNS,
    ),
    **dict.fromkeys(
        _words("""
            io _io _pyio codecs _codecs shutil tempfile glob fileinput linecache zipfile tarfile
            gzip bz2 lzma sqlite3 dbm shelve mmap csv configparser logging fsspec tokenize
        """),
        _FILES,
    ),
    **dict.fromkeys(
        _words("""
            socket _socket ssl http httplib urllib urllib2 urllib3 requests httpx aiohttp ftplib
            smtplib poplib imaplib telnetlib nntplib xmlrpc socketserver boto3 botocore s3fs
        """),
        _NETWORK,
    ),
    **dict.fromkeys(_words("pickle _pickle cPickle pickletools"), _SECOND),
    **dict.fromkeys(
        _words("""
            sys importlib imp pkgutil zipimport builtins gc inspect types weakref site atexit
            faulthandler functools operator _operator itertools copyreg
        """),
        _INSIDE,
    ),
    **dict.fromkeys(_words("ctypes _ctypes cffi llvmlite numba"), _NATIVE),
    **dict.fromkeys(_words("cloudpickle dill marshal"), _CODE),
}
"""Reasons by the first part of a module's name."""
