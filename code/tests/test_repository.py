"""The pages point to the repository that they were built from, whatever git calls it, and never to a guess."""

import subprocess
from pathlib import Path

import pytest

from tools.repository import Repository, find_repository, parse
from tools.say import Trouble


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("https://github.com/someone/fork", ("github.com", "someone/fork")),
        ("https://github.com/someone/fork.git/", ("github.com", "someone/fork")),
        ("http://www.github.com/someone/fork", ("github.com", "someone/fork")),
        ("https://GitHub.com/Someone/Fork", ("github.com", "Someone/Fork")),
        ("https://someone:secret@github.com/someone/fork.git", ("github.com", "someone/fork")),
        ("https://github.com:443/someone/fork", ("github.com", "someone/fork")),
        ("git@github.com:someone/fork.git", ("github.com", "someone/fork")),
        ("github.com:someone/fork", ("github.com", "someone/fork")),
        ("ssh://git@github.com/someone/fork.git", ("github.com", "someone/fork")),
        ("ssh://git@ssh.github.com:443/someone/fork.git", ("github.com", "someone/fork")),
        ("git://github.com/someone/fork.js\n", ("github.com", "someone/fork.js")),
        ("git@gitlab.com:group/part/fork.git", ("gitlab.com", "group/part/fork")),
        ("ssh://git@altssh.gitlab.com:443/group/fork.git", ("gitlab.com", "group/fork")),
        ("ssh://git@codeberg.org/someone/fork.git", ("codeberg.org", "someone/fork")),
    ],
)
def test_every_form_of_an_address_is_read(address, found):
    assert parse(address) == found


@pytest.mark.parametrize(
    "address",
    [
        "",
        "/srv/git/fork.git",
        "../fork",
        "file:///srv/git/fork",
        "C:\\git\\fork",
        "C:/git/fork",
        "server:someone/fork",
        "https://git.example.org/someone/fork",
        "https://github.com.example.org/someone/fork",
        "https://example.org/github.com/someone/fork",
        "https://gist.github.com/someone/fork",
        "https://github.com/someone",
        "https://github.com/someone/fork/tree/main",
        "https://github.com/someone/..",
        "https://github.com/someone/fork?x='>",
        "https://[broken/someone/fork",
    ],
)
def test_what_no_reader_can_open_is_no_address(address):
    found = parse(address)
    assert found is None or found == ("github.com", "someone/fork")
    if found:
        assert "?" in address  # a query is dropped, and nothing of it reaches a page


def test_the_addresses_of_each_forge():
    github = Repository("github.com", "someone/fork", "main")
    assert github.url == "https://github.com/someone/fork" and github.name == "fork"
    assert github.edit("book/01.md") == "https://github.com/someone/fork/edit/main/book/01.md"
    assert github.issue("A & b") == "https://github.com/someone/fork/issues/new?title=A%20%26%20b"
    assert github.binder("book/01.md") == "https://mybinder.org/v2/gh/someone/fork/main?urlpath=lab/tree/book/01.md"

    gitlab = Repository("gitlab.com", "group/part/fork", "a/b")
    assert gitlab.edit("book/01.md") == "https://gitlab.com/group/part/fork/-/edit/a/b/book/01.md"
    assert gitlab.issue("x") == "https://gitlab.com/group/part/fork/-/issues/new?issue[title]=x"
    assert gitlab.binder("x.md") == "https://mybinder.org/v2/gl/group%2Fpart%2Ffork/a%2Fb?urlpath=lab/tree/x.md"

    codeberg = Repository("codeberg.org", "someone/fork", "main")
    assert codeberg.edit("book/01.md") == "https://codeberg.org/someone/fork/_edit/main/book/01.md"
    assert codeberg.issue("x") == "https://codeberg.org/someone/fork/issues/new?title=x"
    started = "https://mybinder.org/v2/git/https%3A%2F%2Fcodeberg.org%2Fsomeone%2Ffork/main?urlpath="
    assert codeberg.binder("x.md").startswith(started)


# ---- git


@pytest.fixture
def checkout(tmp_path):
    """A repository with one commit, and a way to run git in it."""

    def git(*arguments: str, folder: Path = tmp_path) -> None:
        who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
        subprocess.run(["git", "-C", str(folder), *who, *arguments], check=True, capture_output=True)

    git("init", "--initial-branch=trunk")
    git("commit", "--allow-empty", "-m", "x")
    git.root = tmp_path
    return git


def test_origin_is_taken_when_nothing_is_set(checkout):
    assert find_repository(checkout.root) is None
    checkout("remote", "add", "origin", "git@github.com:someone/fork.git")
    assert find_repository(checkout.root) == Repository("github.com", "someone/fork", "trunk")


def test_an_origin_on_this_machine_is_none(checkout):
    checkout("remote", "add", "origin", "/srv/git/fork.git")
    assert find_repository(checkout.root) is None


def test_the_setting_wins(checkout):
    checkout("remote", "add", "origin", "git@github.com:someone/fork.git")
    found = find_repository(checkout.root, "https://codeberg.org/other/book", "draft")
    assert found == Repository("codeberg.org", "other/book", "draft")


def test_links_lead_to_the_branch_that_a_clone_starts_with(checkout):
    checkout("remote", "add", "origin", "git@github.com:someone/fork.git")
    checkout("checkout", "-b", "my-change")
    assert find_repository(checkout.root).branch == "my-change"
    checkout("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk")  # as `git clone` leaves it
    assert find_repository(checkout.root).branch == "trunk"
    checkout("symbolic-ref", "--delete", "refs/remotes/origin/HEAD")
    checkout("checkout", "--detach")  # as CI has it for a pull request
    assert find_repository(checkout.root).branch == "HEAD"


def test_a_repository_around_the_project_is_not_the_projects(checkout):
    """A copy of the book that was unpacked somewhere below another checkout has no repository."""
    checkout("remote", "add", "origin", "git@github.com:someone/elsewhere.git")
    (checkout.root / "book").mkdir()
    assert find_repository(checkout.root / "book") is None


@pytest.mark.parametrize("url", ["https://example.org/x/y", "NAME/REPOSITORY", "https://github.com/someone"])
def test_a_setting_that_is_no_address_is_refused(url, tmp_path):
    with pytest.raises(Trouble, match=r"give an address on GitHub, GitLab or Codeberg, such as https://github"):
        find_repository(tmp_path, url)
