"""Fragments of the changelog are for users, and a branch that changes the package has one."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.house.fragments import FOLDER, TYPES, commits_without_fragment, flaws, flaws_of_all


GOOD = "A fleet at rest goes on."
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def test_every_fragment_of_this_tree_is_as_it_should_be() -> None:
    assert flaws_of_all() == []


def test_the_types_are_those_of_keep_a_changelog() -> None:
    assert TYPES == ("added", "changed", "fixed", "removed")


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize(
    "text", [GOOD, "Two\nlines.\n", "`pods.wait` (of a VM, too.)", "`yotta_async.__version__`."]
)
def test_a_sentence_for_users_is_accepted(kind: str, text: str) -> None:
    assert flaws(f"long-rest.{kind}.md", text) == []


@pytest.mark.parametrize(
    "name",
    [
        "long-rest.md",
        "long-rest.bugfix.md",
        "long-rest.fixed.rst",
        "long-rest.fixed.1.md",
        "Long rest.fixed.md",
        "-.fixed.md",
        ".fixed.md",
    ],
)
def test_a_name_of_another_form_is_refused(name: str) -> None:
    assert [flaw.partition(":")[0] for flaw in flaws(name, GOOD)] == ["name"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A fleet at rest goes on", "full stop"),
        ("- A fleet at rest goes on.", "bullet"),
        ("### Fixed\n\nA fleet at rest goes on.", "heading"),
        ("`_core.retry` cannot overflow.", "_core"),
        ("`yotta_async._watch` cannot overflow.", "_watch"),
    ],
)
def test_a_text_that_is_not_for_users_is_refused(text: str, said: str) -> None:
    [flaw] = flaws("long-rest.fixed.md", text)
    assert said in flaw


def test_an_empty_text_is_refused() -> None:
    assert "text: must not be empty" in flaws("long-rest.fixed.md", " \n")


def test_a_flaw_is_told_with_its_file(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "rest.fixed.md").write_text("No stop")
    (tmp_path / FOLDER / "template.jinja").write_text("is no fragment")
    assert flaws_of_all(tmp_path) == [f"{FOLDER}/rest.fixed.md: text: must end with a full stop"]


# What a commit contains: paths, which are also the texts of these files.
Commit = Callable[..., None]


@pytest.fixture
def commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commit:
    """Return what commits files to a new repository, on a branch that has left main."""
    for variable in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):  # a hook of git sets them
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "A")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "a@example.com")

    def commit(message: str, *paths: str) -> None:
        for path in paths:
            (tmp_path / path).parent.mkdir(exist_ok=True)
            (tmp_path / path).write_text(message)
        git(tmp_path, "add", "--all")
        git(tmp_path, "commit", "--quiet", "--no-verify", "--message", message)

    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    commit("First", "yotta_async/a.py", "CHANGELOG.md", f"{FOLDER}/first.added.md")
    git(tmp_path, "switch", "--quiet", "--create", "branch")
    return commit


def git(root: Path, *arguments: str) -> None:
    command = ["git", "-C", str(root), *arguments]
    subprocess.run(command, check=True)


@needs_git
def test_a_commit_that_changes_the_package_needs_a_fragment(commit: Commit, tmp_path: Path) -> None:
    commit("Wait longer", "yotta_async/a.py")
    [told] = commits_without_fragment(tmp_path)
    assert told.endswith(" Wait longer")


@needs_git
@pytest.mark.parametrize(
    "news", [f"{FOLDER}/first.added.md", f"{FOLDER}/b.fixed.md", "CHANGELOG.md"]
)
def test_a_fragment_anywhere_in_the_branch_is_enough(
    commit: Commit, tmp_path: Path, news: str
) -> None:
    commit("Wait longer", "yotta_async/a.py")
    commit("Say so", news)
    assert commits_without_fragment(tmp_path) == []


@needs_git
def test_a_fragment_that_is_only_deleted_is_not_enough(commit: Commit, tmp_path: Path) -> None:
    (tmp_path / FOLDER / "first.added.md").unlink()
    commit("Wait longer", "yotta_async/a.py")
    assert len(commits_without_fragment(tmp_path)) == 1


@needs_git
def test_a_commit_may_say_that_users_notice_nothing(commit: Commit, tmp_path: Path) -> None:
    commit("Move a file\n\nChangelog: none", "yotta_async/b.py")
    assert commits_without_fragment(tmp_path) == []
    commit("Wait longer", "yotta_async/a.py")
    [told] = commits_without_fragment(tmp_path)
    assert told.endswith(" Wait longer")


@needs_git
def test_a_commit_that_leaves_the_package_alone_needs_none(commit: Commit, tmp_path: Path) -> None:
    commit("Test more", "tests/a.py")
    assert commits_without_fragment(tmp_path) == []


@needs_git
def test_a_clone_of_one_branch_has_nothing_to_compare_with(commit: Commit, tmp_path: Path) -> None:
    commit("Wait longer", "yotta_async/a.py")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--single-branch", "--branch=branch", ".", str(clone))
    assert commits_without_fragment(clone) == []


@needs_git
def test_a_clone_of_all_branches_is_compared(commit: Commit, tmp_path: Path) -> None:
    commit("Wait longer", "yotta_async/a.py")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--branch=branch", ".", str(clone))
    assert len(commits_without_fragment(clone)) == 1


@needs_git
def test_a_shallow_clone_has_nothing_to_compare_with(commit: Commit, tmp_path: Path) -> None:
    commit("Wait longer", "yotta_async/a.py")
    clone = tmp_path / "clone"
    source = tmp_path.as_uri()
    git(tmp_path, "clone", "--quiet", "--depth=1", "--no-single-branch", source, str(clone))
    git(clone, "switch", "--quiet", "branch")
    assert commits_without_fragment(clone) == []


@needs_git
def test_a_tree_without_history_has_nothing_to_compare_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert commits_without_fragment(tmp_path) == []


def test_a_machine_without_git_has_nothing_to_compare_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commits_without_fragment() == []
