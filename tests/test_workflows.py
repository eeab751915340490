"""What a public project carries: workflows that can run, hooks like CI's, a release without a secret."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

yaml = pytest.importorskip("yaml")

ROOT = Path(__file__).parents[1]
GITHUB = ROOT / ".github"
if not GITHUB.is_dir():
    pytest.skip("the sources of a release carry no workflows", allow_module_level=True)

WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
LINT = re.search(r"(?m)^lint:.*\n((?:\t.*\n)+)", MAKEFILE)[1]  # type: ignore[index]


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def steps_of(path: Path) -> list[dict[str, Any]]:
    return [step for job in read(path)["jobs"].values() for step in job["steps"]]


def pinned() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if "==" in line)


def hooks() -> list[dict[str, Any]]:
    return [hook for repo in read(ROOT / ".pre-commit-config.yaml")["repos"] for hook in repo["hooks"]]


def program(command: str) -> str:
    return command.split()[0].rpartition("/")[2]


@pytest.mark.parametrize("path", sorted(GITHUB.rglob("*.yml")), ids=lambda path: path.name)
def test_every_file_is_yaml_with_something_in_it(path: Path) -> None:
    assert isinstance(read(path), dict)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_by_its_commit_with_its_version_beside(path: Path) -> None:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if "uses:" in line]
    assert len(lines) == sum("uses" in step for step in steps_of(path)) > 0
    loose = [line for line in lines if not re.search(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line)]
    assert loose == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_call_targets_that_the_makefile_has(path: Path) -> None:
    targets = set(re.findall(r"(?m)^([a-z-]+):", MAKEFILE))
    matrix = {
        leg for job in read(path)["jobs"].values() for leg in job.get("strategy", {}).get("matrix", {}).get("leg", [])
    }
    called = set()
    for step in steps_of(path):
        for words in re.findall(r"(?m)^make (.*)$", step.get("run", "")):
            names = [word for word in re.sub(r"\$\{\{ matrix\.leg \}\}", "*", words).split() if "=" not in word]
            called |= {name.replace("*", leg) for name in names for leg in (matrix if "*" in name else [""])}
    assert called
    assert called <= targets


def test_a_workflow_may_read_and_no_more_unless_it_says_why() -> None:
    for path in WORKFLOWS:
        assert read(path)["permissions"] == {"contents": "read"}, path.name


def test_tests_run_on_three_systems_with_every_python_that_is_promised() -> None:
    matrix = read(GITHUB / "workflows" / "ci.yml")["jobs"]["tests"]["strategy"]["matrix"]
    assert {name.partition("-")[0] for name in matrix["os"]} == {"ubuntu", "macos", "windows"}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    promised = [line.rpartition(" ")[2] for line in project["classifiers"] if re.search(r":: 3\.\d+$", line)]
    assert matrix["python"] == promised == ["3.11", "3.12", "3.13"]
    assert not matrix.get("exclude")


def test_ci_lints_tests_builds_the_wheel_and_the_docs() -> None:
    ran = "\n".join(step.get("run", "") for step in steps_of(GITHUB / "workflows" / "ci.yml"))
    for command in ("cpu lint", "cpu test", "uv build", "cpu docs"):
        assert command in ran


def test_a_tag_is_published_by_trusted_publishing_after_its_tests() -> None:
    path = GITHUB / "workflows" / "release.yml"
    release = read(path)
    assert release[True] == {"push": {"tags": ["v*"]}}  # YAML 1.1 reads `on` as true
    publish = release["jobs"]["publish"]
    assert (publish["needs"], publish["environment"]) == ("build", "pypi")
    assert publish["permissions"] == {"id-token": "write"}
    assert any(step.get("uses", "").startswith("pypa/gh-action-pypi-publish@") for step in publish["steps"])
    assert "secrets." not in path.read_text(encoding="utf-8")
    assert any("make" in step.get("run", "") and " test" in step["run"] for step in release["jobs"]["build"]["steps"])


def test_hooks_are_those_of_make_lint_which_ci_runs() -> None:
    linted = {program(line.strip().removeprefix("$(BIN)/")) for line in LINT.splitlines()}
    assert {program(hook["entry"]) for hook in hooks()} == linted
    assert linted == {"ruff", "typos", "validate-pyproject", "mypy", "lint-imports"}


def test_hooks_have_the_versions_of_the_constraints() -> None:
    named = [line.split("==") for hook in hooks() for line in hook.get("additional_dependencies", [])]
    assert len(named) >= 4
    assert dict(named) == {name: pinned()[name] for name, _ in named}
    assert {"mypy", "import-linter"} <= pinned().keys()  # of make's environment


def test_a_hook_without_a_version_of_its_own_runs_in_makes_environment() -> None:
    for hook in hooks():
        assert hook.get("additional_dependencies") or hook["entry"].startswith(".venv/bin/"), hook["id"]
