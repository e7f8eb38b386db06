"""GitHub Actions as a platform: where an outcome is shown, and what is said where it cannot be."""

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mlgate.errors import PlatformRefused
from mlgate.platforms import detect
from mlgate.platforms.github import GitHub
from mlgate.platforms.github_client import GitHubClient
from mlgate.platforms.interface import Annotation, Publication, Published
from mlgate.platforms.local import Local
from tests.e2e.github.stand_in import Fault, StandIn
from tests.unit.platforms.runner_parser import commands, outputs

MARKER = '<!-- mlgate:comment gate="default" -->'
HEAD, BASE = "a" * 40, "b" * 40
PUBLICATION = Publication(
    gate="default",
    passed=False,
    comment="# Failed",
    summary="# Summary",
    annotations=[Annotation(level="error", title="accuracy", message="fell", file="m.yml", line=9)],
    outputs={"verdict": "failed"},
)


class Step:
    """A workflow step: its variables, its files, its log."""

    def __init__(self, folder: Path) -> None:
        self.log = io.StringIO()
        self.output, self.summary = folder / "output", folder / "summary"
        self.event = folder / "event.json"
        self.output.touch()
        self.summary.touch()
        self.variables = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_PATH": str(self.event),
            "GITHUB_OUTPUT": str(self.output),
            "GITHUB_REPOSITORY": "octo/shop",
            "GITHUB_STEP_SUMMARY": str(self.summary),
        }
        self.start("pull_request", {"pull_request": {"number": 5}})

    def start(self, event: str, content: object) -> None:
        self.variables["GITHUB_EVENT_NAME"] = event
        self.event.write_text(json.dumps(content))

    def platform(self, client: GitHubClient | None, *, comment: bool = True) -> GitHub:
        connect: Callable[[], GitHubClient] | None = (lambda: client) if client else None
        return GitHub(self.variables, connect=connect, comment=comment, log=self.log)

    def outputs(self) -> dict[str, str]:
        return outputs(self.output.read_text())


@pytest.fixture
def step(tmp_path: Path) -> Step:
    return Step(tmp_path)


class TestPublishing:
    def test_everything_is_shown_everywhere(
        self, step: Step, client: GitHubClient, stand_in: StandIn
    ) -> None:
        url = "https://github.com/octo/shop/pull/5#issuecomment-1000"
        assert step.platform(client).publish(PUBLICATION) == Published(comment_url=url)
        assert stand_in.bodies() == [f"{MARKER}\n# Failed"]
        assert step.outputs() == {"verdict": "failed", "comment-url": url}
        assert step.summary.read_text() == "# Summary\n"
        (command,) = commands(step.log.getvalue())
        assert command.name == "error"
        assert command.data == "fell"
        assert command.properties == {"file": "m.yml", "line": "9", "title": "accuracy"}

    def test_a_second_run_updates_the_comment(
        self, step: Step, client: GitHubClient, stand_in: StandIn
    ) -> None:
        first = step.platform(client).publish(PUBLICATION)
        again = step.platform(client).publish(PUBLICATION)
        assert first == again
        assert len(stand_in.bodies()) == 1

    def test_a_refused_comment_loses_nothing_else_and_names_the_permission(
        self, step: Step, client: GitHubClient, stand_in: StandIn
    ) -> None:
        stand_in.state.comments_permission = "read"
        published = step.platform(client).publish(PUBLICATION)
        (problem,) = published.problems
        assert published.comment_url is None
        assert "the comment was not posted" in problem
        assert "Resource not accessible by integration" in problem
        assert "add `pull-requests: write` to the `permissions:` of the job" in problem
        assert step.outputs() == {"verdict": "failed"}
        assert step.summary.read_text() == "# Summary\n"
        assert len(commands(step.log.getvalue())) == 1

    def test_an_outage_of_the_api_is_a_problem_and_no_error(
        self, step: Step, client: GitHubClient, stand_in: StandIn
    ) -> None:
        stand_in.fail(*[Fault(status=503)] * 9)
        (problem,) = step.platform(client).publish(PUBLICATION).problems
        assert "503" in problem

    @pytest.mark.parametrize("event", ["push", "schedule", "workflow_dispatch", "merge_group"])
    def test_without_a_pull_request_no_comment_is_attempted(
        self, step: Step, client: GitHubClient, stand_in: StandIn, event: str
    ) -> None:
        step.start(event, {"after": HEAD, "number": 5})
        assert step.platform(client).publish(PUBLICATION) == Published()
        assert stand_in.calls() == []
        assert step.summary.read_text() == "# Summary\n"

    def test_comments_can_be_switched_off(
        self, step: Step, client: GitHubClient, stand_in: StandIn
    ) -> None:
        assert step.platform(client, comment=False).publish(PUBLICATION) == Published()
        assert stand_in.calls() == []

    def test_a_missing_token_is_a_problem_that_names_the_input(self, step: Step) -> None:
        (problem,) = step.platform(None).publish(PUBLICATION).problems
        assert "there is no token" in problem
        assert "github-token" in problem

    def test_an_unreadable_event_is_a_problem_and_no_error(
        self, step: Step, client: GitHubClient
    ) -> None:
        step.event.write_text("{")
        (problem,) = step.platform(client).publish(PUBLICATION).problems
        assert "event.json" in problem
        assert step.outputs() == {"verdict": "failed"}

    @pytest.mark.parametrize("name", ["", "shop", "a/b/c", "a/../b", "a/b?x=1", "a/b\n"])
    def test_a_repository_that_is_none_is_a_problem(
        self, step: Step, client: GitHubClient, stand_in: StandIn, name: str
    ) -> None:
        step.variables["GITHUB_REPOSITORY"] = name
        (problem,) = step.platform(client).publish(PUBLICATION).problems
        assert "GITHUB_REPOSITORY" in problem
        assert stand_in.calls() == []

    def test_annotations_beyond_what_github_shows_are_counted(
        self, step: Step, client: GitHubClient
    ) -> None:
        note = PUBLICATION.annotations[0]
        many = Publication(
            gate="default", passed=False, comment="c", summary="s", annotations=[note] * 13
        )
        (problem,) = step.platform(client).publish(many).problems
        assert problem.startswith("3 annotations are not shown")
        assert len(commands(step.log.getvalue())) == 10


class TestFiles:
    def test_hostile_outputs_stay_one_value_each(self, step: Step) -> None:
        values = {"verdict": "failed\nverdict=passed", "failed-checks": "x<<EOF\nEOF\na=b\ud800"}
        publication = Publication(gate="g", passed=False, comment="", summary="", outputs=values)
        step.platform(None, comment=False).publish(publication)
        assert step.outputs() == values | {"failed-checks": "x<<EOF\nEOF\na=b?"}

    def test_what_is_in_the_files_stays(self, step: Step) -> None:
        step.output.write_text("earlier=1\n")
        step.summary.write_text("earlier\n")
        step.platform(None, comment=False).publish(PUBLICATION)
        assert step.outputs() == {"earlier": "1", "verdict": "failed"}
        assert step.summary.read_text() == "earlier\n# Summary\n"

    def test_a_huge_summary_is_cut_at_what_github_takes(self, step: Step) -> None:
        step.summary.write_text("earlier\n")
        huge = Publication(gate="g", passed=True, comment="", summary="# S\n" + "𝄞ü\n" * 400_000)
        assert step.platform(None, comment=False).publish(huge) == Published()
        size = step.summary.stat().st_size
        assert 1024 * 1024 - 2_000 < size <= 1024 * 1024
        text = step.summary.read_text(encoding="utf-8")
        assert text.startswith("earlier\n# S\n")
        assert "This summary was cut" in text

    def test_a_full_summary_is_a_problem(self, step: Step) -> None:
        step.summary.write_bytes(b"x" * 1024 * 1024)
        (problem,) = step.platform(None, comment=False).publish(PUBLICATION).problems
        assert "job summary" in problem
        assert step.summary.stat().st_size == 1024 * 1024

    @pytest.mark.parametrize(
        ("variable", "what"), [("GITHUB_OUTPUT", "outputs"), ("GITHUB_STEP_SUMMARY", "job summary")]
    )
    @pytest.mark.parametrize("path", ["", "/nowhere/file", "/"])
    def test_a_file_that_cannot_be_written_is_a_problem(
        self, step: Step, variable: str, what: str, path: str
    ) -> None:
        step.variables[variable] = path
        (problem,) = step.platform(None, comment=False).publish(PUBLICATION).problems
        assert what in problem


class TestGroups:
    def test_a_group_ends_even_if_its_content_fails(self, step: Step) -> None:
        platform = step.platform(None)
        with pytest.raises(ZeroDivisionError), platform.group("a\n::error::b", step.log):
            print(1 / 0, file=step.log)
        names = [command.name for command in commands(step.log.getvalue())]
        assert names == ["group", "endgroup"]


class TestMergeBase:
    def test_github_tells_where_two_commits_parted(
        self, step: Step, client: GitHubClient, stand_in: StandIn
    ) -> None:
        stand_in.state.merge_bases[f"main...{HEAD}"] = BASE
        assert step.platform(client).merge_base("main", HEAD) == BASE

    def test_a_branch_with_slashes_is_one_part_of_the_path(
        self, step: Step, client: GitHubClient, stand_in: StandIn
    ) -> None:
        stand_in.state.merge_bases["feature/a#1...b"] = BASE
        assert step.platform(client).merge_base("feature/a#1", "b") == BASE

    def test_unknown_commits_have_none(self, step: Step, client: GitHubClient) -> None:
        assert step.platform(client).merge_base("main", HEAD) is None

    def test_without_a_token_there_is_none(self, step: Step) -> None:
        assert step.platform(None).merge_base("main", HEAD) is None

    def test_an_outage_is_not_mistaken_for_no_merge_base(
        self, step: Step, client: GitHubClient, stand_in: StandIn
    ) -> None:
        stand_in.fail(*[Fault(status=500)] * 5)
        with pytest.raises(PlatformRefused):
            step.platform(client).merge_base("main", HEAD)


class TestEnvironment:
    def test_github_is_found_by_its_variable(self, step: Step) -> None:
        assert isinstance(detect(step.variables), GitHub)
        assert isinstance(detect({"GITHUB_ACTIONS": "false"}), Local)

    @pytest.mark.parametrize("given", ["input", "variable"])
    def test_token_and_address_are_those_of_the_environment(
        self, step: Step, stand_in: StandIn, given: str
    ) -> None:
        step.variables["GITHUB_API_URL"] = stand_in.url
        token = "t" if given == "input" else None
        step.variables |= {"GITHUB_TOKEN": "t"} if given == "variable" else {}
        platform = GitHub.from_environment(step.variables, token=token, log=step.log)
        assert platform.publish(PUBLICATION).problems == ()
        assert stand_in.bodies() == [f"{MARKER}\n# Failed"]

    def test_an_empty_token_is_none(self, step: Step, stand_in: StandIn) -> None:
        step.variables |= {"GITHUB_API_URL": stand_in.url, "GITHUB_TOKEN": "t"}
        platform = GitHub.from_environment(step.variables, token="", log=step.log)
        (problem,) = platform.publish(PUBLICATION).problems
        assert "there is no token" in problem

    def test_an_address_that_is_none_is_a_problem(self, step: Step) -> None:
        step.variables["GITHUB_API_URL"] = "github"
        platform = GitHub.from_environment(step.variables, token="t", log=step.log)
        (problem,) = platform.publish(PUBLICATION).problems
        assert "GITHUB_API_URL" in problem

    def test_what_needs_no_network_imports_no_http_library(self) -> None:
        code = (
            "import sys; from mlgate.platforms import detect;"
            "detect({'GITHUB_ACTIONS': 'true', 'GITHUB_TOKEN': 't'}).change();"
            "sys.exit('requests' in sys.modules)"
        )
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
