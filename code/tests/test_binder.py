"""What Binder gets is what the lock and the project say."""

import re
import shutil
import subprocess

import pytest

import tasks
from tools import environment as env

BINDER = tasks.ROOT / "binder"


def test_requirements_are_cut_out_of_the_lock():
    written = (BINDER / "requirements.txt").read_text(encoding="utf-8")
    head, _, pins = written.partition("\n")
    assert head.startswith("#") and pins == env.packages("live"), "run python tasks.py lock"


def test_the_lock_writes_them(tmp_path, monkeypatch):
    for name in ("pyproject.toml", "requirements.lock"):
        shutil.copy(tasks.ROOT / name, tmp_path)
    lock = tmp_path / "requirements.lock"
    lock.write_text(lock.read_text(encoding="utf-8").replace("\njupytext==", "\njupytext==99."), encoding="utf-8")
    monkeypatch.setattr(env, "ROOT", tmp_path)
    monkeypatch.setattr(env, "LOCK", lock)
    monkeypatch.setattr(env, "BINDER", tmp_path / "requirements.txt")
    env.write_binder_requirements()
    written = (tmp_path / "requirements.txt").read_bytes()
    assert b"\njupytext==99." in written and b"\r" not in written


def test_every_package_is_pinned_with_hashes():
    """pip asks for hashes of all packages as soon as one has them; and it takes no folder together with them."""
    written = (BINDER / "requirements.txt").read_text(encoding="utf-8")
    pins = env.entries(written.partition("\n")[2])
    assert len(pins) > 50
    for name, pin, _ in pins:
        assert "--hash=sha256:" in pin, name
    assert not re.search(r"^\s*(-e|\.|/)", written, re.MULTILINE)


def test_python_is_one_that_the_project_supports():
    found = re.fullmatch(r"python-(\d+)\.(\d+)\n", (BINDER / "runtime.txt").read_text(encoding="utf-8"))
    assert (int(found[1]), int(found[2])) in tasks.SUPPORTED


@pytest.mark.parametrize("name", ["postBuild", "start"])
def test_scripts_are_programs(name):
    path = BINDER / name
    assert path.read_bytes().startswith(b"#!/usr/bin/env bash\n") and b"\r" not in path.read_bytes()
    listed = subprocess.run(["git", "ls-files", "-s", "--", str(path)], cwd=tasks.ROOT, capture_output=True, text=True)
    assert not listed.stdout or listed.stdout.startswith("100755"), f"type git update-index --chmod=+x binder/{name}"


def test_the_first_page_leads_to_files():
    page = (BINDER / "welcome.md").read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)]+)\)", page)
    assert len(targets) > 8
    for target in targets:
        assert (BINDER / target).is_file(), target
    chapters = {path.name for path in (tasks.ROOT / "book").glob("0*.md")}
    assert chapters <= {target.removeprefix("../book/") for target in targets}
