"""Where the book's repository is, and the addresses of its files on GitHub, GitLab and Codeberg.

A fork's pages must point to the fork. So nothing here names a repository: its address is a setting, or else what git
calls `origin`. An `origin` that is a folder, or lies on a machine of one's own, is of no use to a reader.
"""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from tools.say import Trouble


@dataclass(frozen=True)
class Forge:
    """A public host of repositories, and how its addresses look below that of a repository."""

    name: str
    icon: str
    edit: str
    issue: str
    binder: str  # below mybinder.org/v2
    folders: bool = False  # whether a repository may lie in a folder of a group


FORGES = {
    "github.com": Forge(
        "GitHub", "fab fa-github", "edit/{branch}/{file}", "issues/new?title={title}", "gh/{path}/{branch}"
    ),
    "gitlab.com": Forge(
        "GitLab",
        "fab fa-gitlab",
        "-/edit/{branch}/{file}",
        "-/issues/new?issue[title]={title}",
        "gl/{quoted_path}/{branch}",
        folders=True,
    ),
    "codeberg.org": Forge(
        "Codeberg",
        "fab fa-git-alt",
        "_edit/{branch}/{file}",
        "issues/new?title={title}",
        "git/{quoted_url}/{branch}",
    ),
}
# Where they listen for ssh on the port of https, for networks that let nothing else through.
OTHER_NAMES = {"ssh.github.com": "github.com", "altssh.gitlab.com": "gitlab.com"}


@dataclass(frozen=True)
class Repository:
    """A repository on one of the forges; `branch` is where links to single files lead."""

    host: str
    path: str
    branch: str = "HEAD"

    @property
    def forge(self) -> Forge:
        """The forge that it is on."""
        return FORGES[self.host]

    @property
    def name(self) -> str:
        """The folder that a clone makes."""
        return self.path.rsplit("/", 1)[1]

    @property
    def url(self) -> str:
        """Its page, which is also the address to clone."""
        return f"https://{self.host}/{self.path}"

    def edit(self, file: str) -> str:
        """Where to suggest a change of a file."""
        return f"{self.url}/" + self.forge.edit.format(branch=quote(self.branch), file=quote(file))

    def issue(self, title: str) -> str:
        """Where to report something."""
        return f"{self.url}/" + self.forge.issue.format(title=quote(title, safe=""))

    def binder(self, file: str) -> str:
        """Where to open a file in JupyterLab on mybinder.org."""
        place = self.forge.binder.format(
            path=self.path,
            quoted_path=quote(self.path, safe=""),
            quoted_url=quote(self.url, safe=""),
            branch=quote(self.branch, safe=""),
        )
        return f"https://mybinder.org/v2/{place}?urlpath=lab/tree/{quote(file)}"


def parse(address: str) -> tuple[str, str] | None:
    """Return host and path of a repository on a forge, from any form in which git takes its address."""
    short = re.fullmatch(r"(?:[^@/\\\s]+@)?([\w.-]+):(?!//)(?!\d+/)(.+)", address.strip())  # git@host:owner/name
    try:
        parts = urlsplit(f"ssh://{short[1]}/{short[2]}" if short else address.strip())
    except ValueError:
        return None
    if parts.scheme not in {"https", "http", "ssh", "git", "git+ssh"}:
        return None
    host = (parts.hostname or "").removeprefix("www.")
    host = OTHER_NAMES.get(host, host)
    path = parts.path.strip("/").removesuffix(".git")
    names = path.split("/")
    if host not in FORGES or len(names) < 2 or (len(names) > 2 and not FORGES[host].folders):
        return None
    return (host, path) if all(re.fullmatch(r"[\w.-]*\w[\w.-]*", name) for name in names) else None


def find_repository(root: Path, url: str = "", branch: str = "") -> Repository | None:
    """Return the repository that the settings name, or else git's `origin`; None if neither is on a forge."""
    found = parse(url or git(root, "remote", "get-url", "origin"))
    if url and not found:
        raise Trouble(
            f"`repository: url:` in _config.yml is {url!r}; give an address on GitHub, GitLab or Codeberg, such as "
            "https://github.com/NAME/REPOSITORY, or leave it empty to take git's `origin`"
        )
    return Repository(*found, branch=branch or default_branch(root)) if found else None


def default_branch(root: Path) -> str:
    """Return the branch that a clone starts with, as far as git knows, or else the one that is checked out."""
    remote = git(root, "symbolic-ref", "--short", "refs/remotes/origin/HEAD")
    return remote.removeprefix("origin/") or git(root, "branch", "--show-current") or "HEAD"


def git(root: Path, *arguments: str) -> str:
    """Return what git answers about the checkout at `root`; nothing if that is none, or git says no."""
    if not (root / ".git").exists() or not shutil.which("git"):
        return ""
    done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""
