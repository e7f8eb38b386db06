"""Every attack of `hostile.py`, and what a run must make of it."""

from dataclasses import dataclass
from typing import Any, Literal

Way = Literal["joblib", "function"]
Need = Literal["", "landlock", "scopes", "filter"]

ACCURACY = {"accuracy": {"min": 0.9}}
LOG_LOSS = {"log_loss": {"max": 0.5}}
TIMEOUT = 3
"""Seconds that a model has which is known to take too long."""
MEMORY = 768
"""MiB that a model has which is known to take too many."""


@dataclass(frozen=True, kw_only=True)
class Attack:
    """One hostile model, and the outcome of the check that asks it."""

    name: str
    """Its class in `hostile.py`."""
    says: str = ""
    """Expression that the check's report must match: the sentence that names what happened. Empty
    where the attack gets nowhere and the model answers like a sound one."""
    outcome: Literal["passed", "failed", "errored"] = "errored"
    way: Way = "joblib"
    check: Literal["metrics", "latency"] = "metrics"
    metrics: Any = None
    """Limits of the check, where accuracy would not do."""
    spec: Any = None
    """More of its entry in mlgate.yml."""
    note: str = ""
    """Expression that a note of the whole run must match."""
    needs: Need = ""
    """What the machine must have for the attack to get nowhere: Landlock, its scopes (since Linux
    6.12), or filters of system calls."""


def contained(name: str, way: Way = "joblib", needs: Need = "", **more: Any) -> Attack:
    """An attack that gets nowhere, so that the check passes."""
    return Attack(name=name, outcome="passed", way=way, needs=needs, **more)


def caught(name: str, says: str, way: Way = "joblib", **more: Any) -> Attack:
    """An attack that the report names."""
    return Attack(name=name, says=says, way=way, **more)


def slow(name: str, says: str, **more: Any) -> Attack:
    """One that takes all of the time that it is given."""
    return caught(name, says, spec={"timeout": TIMEOUT}, **more)


TOO_LONG = rf"was stopped: .* took longer than {TIMEOUT} seconds"
LEFT = r"ended its own process \(exit status 0\) while"

READS = (
    contained("ReadsTheEnvironment"),
    contained("ReadsTheTokenByName", "function"),
    contained("ReadsTheParentsEnvironment"),
    contained("ReadsEveryEnvironment", needs="landlock"),
    contained("ReadsTheCheckoutsToken", needs="landlock"),
    contained("ReadsHome", "function", needs="landlock"),
    contained("ReadsThroughLinks", needs="landlock"),
    contained("ReadsDevices", needs="landlock"),
)
CHANGES = (
    contained("WritesCommandFiles", "function", needs="landlock"),
    contained("WritesTheResult", needs="landlock"),
    contained("WritesTheWorkTree", needs="landlock"),
    contained("TakesPermissionsAway", "function", needs="filter"),
    contained("WritesToOtherModels", needs="landlock"),
    contained("WritesToItsInterpreter", "function", needs="landlock"),
)
REACHES = (
    contained("ConnectsByTcp", needs="filter"),
    contained("AsksADnsServer", "function", needs="filter"),
    contained("AsksTheDockerSocket", needs="filter"),
    contained("MakesSocketsWithoutTheCall", "function", needs="filter"),
    contained("LooksIntoProcesses", needs="landlock"),
    contained("LooksIntoOtherModels", "function", needs="filter"),
    contained("KillsAllItCan", needs="scopes"),
    contained("BecomesRoot", "function", needs="landlock"),
    contained("RaisesItsLimits"),
)
OUTLIVES = (
    contained("LeavesADaemon", needs="filter"),
    caught("LeavesADaemonAndExits", LEFT + ".*gone", "function", needs="filter"),
    contained("StartsPrograms", "function", needs="filter"),
    contained("Forks", needs="filter"),
    contained("RunsOnInAThread", "function"),
    contained("HidesFilesDeep"),
)
ENDS = (
    slow("SleepsInPredict", TOO_LONG, way="function"),
    slow("SleepsWhileItLoads", TOO_LONG.replace(".*", "loading")),
    slow("StopsItself", TOO_LONG),
    caught("Crashes", r"crashed \(SIGSEGV\) while computing predict", "function"),
    caught("CrashesWhileItLoads", r"crashed \(SIGSEGV\) while loading"),
    caught("Aborts", r"crashed \(SIGABRT\)", "function"),
    caught("KillsItself", r"was killed \(SIGKILL\)"),
    caught("LeavesEarly", LEFT + " computing predict", "function"),
    caught("LeavesWhileItLoads", LEFT + " loading"),
    caught(
        "ExitsWithZero", r"raised SystemExit while computing predict of 200 rows: 0", "function"
    ),
    caught("Interrupts", r"raised KeyboardInterrupt while"),
    caught("RaisesTheBaseOfAll", r"raised BaseException while .*: nothing catches me", "function"),
    caught("RaisesWithoutWords", r"raised hostile\.\S*Mute while .*its message cannot be read"),
    caught("RaisesANovel", r"raised ValueError while .*everyone", "function"),
    caught(
        "TakesMemory", rf"needs more memory than its limit of {MEMORY} MiB", spec={"memory": MEMORY}
    ),
    caught("TakesMemoryByPieces", rf"limit of {MEMORY} MiB", "function", spec={"memory": MEMORY}),
    caught("FillsTheDisk", r"raised OSError while .*a file of it reached the limit of 4096 MiB"),
    caught(
        "OpensFiles", r"raised OSError while .*as many files open as it may have: 4,096", "function"
    ),
)
PRINTS = (
    slow("PrintsWithoutEnd", TOO_LONG + r"\. Its output ends: y+", way="function"),
    contained("PrintsALot"),
    caught("PrintsCommands", LEFT, "function"),
    caught("RaisesCommands", r"raised ValueError while .*set-output"),
)
ANSWERS = (
    caught(
        "TwoColumns", r"answered with shape \(200, 2\), and one value a row is needed", "function"
    ),
    caught("OneColumn", r"probabilities of shape \(200, 1\), and not \(200, 2\)", metrics=LOG_LOSS),
    caught("TooManyRows", r"answered 200 rows with an array of shape \(201,\)", "function"),
    caught("TooFewRows", r"answered 200 rows with an array of shape \(199,\)"),
    caught(
        "AMillionRows", r"announced an answer of 8,000,000 bytes; [\d,]+ are allowed", "function"
    ),
    caught("Nothing", r"cannot be used: predict answered with shape \(\)"),
    caught("AnEmptyList", r"answered 200 rows with an array of shape \(0,\)", "function"),
    caught("Nulls", r"gave no answer for 100 of 200 rows"),
    caught(
        "NotANumber",
        r"\d+ of 200 predictions are missing, NaN or infinite, the first in row",
        "function",
    ),
    caught(
        "Infinite",
        r"200 of 200 rows of probabilities are missing, NaN or infinite",
        metrics=LOG_LOSS,
    ),
    caught(
        "DoNotSumToOne", r"200 of 200 rows of probabilities .* do not sum to 1", metrics=LOG_LOSS
    ),
    caught(
        "BelowZero",
        r"200 of 200 rows of probabilities do not lie between 0 and 1",
        "function",
        metrics=LOG_LOSS,
    ),
    caught("MixedTypes", r"its answers mix types"),
    caught("Objects", r"its answers mix types|answered with values of type", "function"),
    caught("Dates", r"answered with values of type datetime64"),
    caught("LongTexts", r"announced an answer of [\d,]+ bytes; [\d,]+ are allowed", "function"),
    caught("GigabytesOfText", rf"limit of {MEMORY} MiB", spec={"memory": MEMORY}),
    contained("OtherOrder", "function", metrics=ACCURACY | LOG_LOSS),
    caught("SwappedProbabilities", r"log_loss", outcome="failed", metrics=LOG_LOSS),
    caught("NoSuchClasses", r"none of the target's values .* is a class of the model"),
    caught("ClassesTwice", r"classes_ are not distinct", "function"),
    caught("ClassesThatAreNoNumbers", r"class", metrics=LOG_LOSS),
    caught(
        "ManyClasses",
        r"announced an answer of [\d,]+ bytes; [\d,]+ are allowed while loading",
        "function",
    ),
    caught("OddClasses", r"described itself in an unknown way"),
    caught("ChangesTheRows", r"shape \(1,\)", "function"),
    contained("ChangesTheRowsOnce"),
    contained(
        "Alternates",
        check="latency",
        metrics={"batch_p50": {"max": 60_000}},
        note="answers of the model Alternates .* to the same rows differed",
    ),
)
SPEAKS = (
    caught("Babbles", r"answered with something that is no JSON while computing"),
    caught("SpeaksNoObject", r"answered with something that is no JSON", "function"),
    caught("AnnouncesAnExabyte", r"announced an answer of 1,152,921,504,606,846,976 bytes"),
    caught("AnnouncesALongHeader", r"announced an answer of 4,294,967,295 bytes", "function"),
    caught("AnswersAnother", r"answered another question than was asked"),
    caught("LiesAboutItsSize", r"answered with no array", "function"),
    caught("LiesAboutItsShape", r"answered with no array"),
    caught("NamesNoType", r"answered with no array", "function"),
    caught("PointsOutside", r"answered with no array"),
    caught("IsNoUtf8", r"answered with no array", "function"),
    slow("Drips", TOO_LONG),
    caught("HangsUp", r"closed its connection to mlgate, and runs on", "function"),
    caught("ReportsAnOddError", r"raised \['x'\] while"),
    caught("TakesOverTheWorker", r"answered with no number of", check="latency"),
    caught("TakesOverArrow", r"raised AttributeError while", "function"),
)

THEMES = {
    "what it can read": READS,
    "what it can change": CHANGES,
    "whom it can reach": REACHES,
    "what outlives it": OUTLIVES,
    "how it ends": ENDS,
    "what it prints": PRINTS,
    "what it answers": ANSWERS,
    "what it says to mlgate": SPEAKS,
}
"""Attacks of one run each, by what they have in common."""
KEEPING_APART = tuple(THEMES)[:4]
"""Themes that are about the machine, and so about who runs mlgate on it."""
ATTACKS = tuple(attack for theme in THEMES.values() for attack in theme)

FILLS = (
    caught("TakesSharedMemory", r"was killed \(SIGKILL\) while computing predict", "function"),
    caught(
        "FillsTheDiskWithFiles",
        r"was stopped: .* the disk of its temporary folder filled up, from \d+ to \d+ MiB",
    ),
    caught("FillsSharedFolder", r"raised OSError while .*No space left on device", "function"),
)
"""What a machine bears in a container alone, which has limits of its own."""

LAST = contained("Sound")
"""A sound model that is asked when all others have been."""
