"""Run the gate on two pull requests of the breast-cancer example, one harmless and one that hurts.

Makes a git repository of the example with a branch `main` and one for each pull request, trains the
model of each anew, runs `mlgate run --base main`, and prints the comments. Exit code 1 unless the
harmless one passes and the other fails.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

EXAMPLE = Path(__file__).parent / "breast-cancer"


@dataclass(frozen=True, kw_only=True)
class PullRequest:
    """A change of train.py, after which the model is trained anew."""

    branch: str
    title: str
    old: str
    """Text of train.py that is replaced."""
    new: str
    exit_code: int
    """What the gate must answer."""


PULL_REQUESTS = (
    PullRequest(
        branch="regularise",
        title="Regularise a little more: the measurements are correlated",
        old="REGULARISATION = 1.0",
        new="REGULARISATION = 0.9",
        exit_code=0,
    ),
    # Plausible in a review: the names do repeat, and accuracy stays above 0.9. It still loses 16 of
    # 235 patients and wins none.
    PullRequest(
        branch="fewer-features",
        title="Drop redundant features: errors and worst values repeat the means",
        old="if column not in (TARGET, *IDS)]",
        new='if column.startswith("mean_")]',
        exit_code=1,
    ),
)


def main() -> int:
    """Make the repository, gate both pull requests, and compare with what is expected."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, help="folder to make; default: a temporary one")
    into = parser.parse_args().into or Path(tempfile.mkdtemp(prefix="mlgate-demo-"))
    into.mkdir(parents=True, exist_ok=True)
    into.chmod(0o755)  # where root runs this, the models run as another user, who must read it
    repository = into / "breast-cancer"
    make_repository(repository)
    surprises = []
    for pull_request in PULL_REQUESTS:
        open_pull_request(repository, pull_request)
        exit_code = gate(repository, pull_request, into / pull_request.branch)
        if exit_code != pull_request.exit_code:
            surprises.append(f"{pull_request.branch}: {exit_code}, not {pull_request.exit_code}")
    print(f"\nThe repository and the reports are in {into}")
    if surprises:
        print(f"Unexpected exit codes: {'; '.join(surprises)}", file=sys.stderr)
    return int(bool(surprises))


def make_repository(repository: Path) -> None:
    """A repository of the example with one commit on `main`."""
    skipped = shutil.ignore_patterns(".mlgate", "__pycache__", ".pytest_cache")
    shutil.copytree(EXAMPLE, repository, ignore=skipped)
    (repository / ".gitignore").write_text("__pycache__/\n")
    git(repository, "init", "--quiet", "--initial-branch=main")
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "--message=Predict the diagnosis")


def open_pull_request(repository: Path, pull_request: PullRequest) -> None:
    """A branch off `main` with the change and the model that it trains."""
    git(repository, "switch", "--quiet", "--create", pull_request.branch, "main")
    code = repository / "train.py"
    before = code.read_text()
    if before.count(pull_request.old) != 1:
        raise SystemExit(f"train.py no longer holds the line to change: {pull_request.old}")
    code.write_text(before.replace(pull_request.old, pull_request.new))
    subprocess.run([sys.executable, "train.py"], cwd=repository, check=True, stdout=sys.stderr)
    git(repository, "commit", "--quiet", "--all", f"--message={pull_request.title}")


def gate(repository: Path, pull_request: PullRequest, report_dir: Path) -> int:
    """Run the gate on what is checked out and print the comment."""
    print(f"\n━━━ {pull_request.branch}: {pull_request.title}\n", flush=True)
    command = [sys.executable, "-m", "mlgate", "run", "--base=main", f"--report-dir={report_dir}"]
    # On a laptop and in a job alike, the pull request is the one made here and not the job's own.
    local = {k: v for k, v in os.environ.items() if k != "CI" and not k.startswith("GITHUB_")}
    run = subprocess.run(command, cwd=repository, env=local, stdout=subprocess.DEVNULL, check=False)
    report = report_dir / "report.md"
    print(report.read_text() if report.exists() else "mlgate left no report.")
    print(f"\n━━━ {pull_request.branch}: exit code {run.returncode}")
    return run.returncode


def git(repository: Path, *arguments: str) -> None:
    """Run git as nobody in particular, whatever this machine's own git is configured for."""
    nobody = {"NAME": "mlgate demo", "EMAIL": "demo@example.org"}
    roles = ("AUTHOR", "COMMITTER")
    names = {f"GIT_{role}_{key}": value for role in roles for key, value in nobody.items()}
    alone = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", *arguments], cwd=repository, env=os.environ | names | alone, check=True)


if __name__ == "__main__":
    sys.exit(main())
