"""What the pages know about their repository: a role and a directive for authors, buttons above each page.

In _config.yml, `repository: url:` says where the repository is; if that is empty, git's `origin` does. Without an
address on a forge the role leaves its words as they are, and there are no buttons.

    In a {repository}`clone of this book`, type

    ```{clone}
    make book
    ```
"""

import sys
from pathlib import Path

import yaml
from docutils import nodes
from docutils.parsers.rst import Directive
from jupyter_book.config import PATH_YAML_DEFAULT
from sphinx.errors import ConfigError

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.repository import Repository, find_repository, parse
from tools.say import Trouble


def setup(app):
    """Find the repository once, and put it where the pages need it."""
    app.add_config_value("book_repository", "", "env")  # its address; a page that shows it is read anew if it changes
    app.add_config_value("book_branch", "", "env")
    app.connect("config-inited", settle)
    app.add_role("repository", repository_role)
    app.add_directive("clone", Clone)
    # The theme makes the list of buttons at 500, earlier than this file is loaded, and adds its own to it at 501.
    app.connect("html-page-context", add_buttons, priority=500)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def settle(app, config):
    """Read the setting or git, and keep the theme from pointing anywhere by itself."""
    options = config.html_theme_options
    unset = yaml.safe_load(PATH_YAML_DEFAULT.read_text(encoding="utf-8"))["repository"]  # Jupyter Book's own address
    given = {key: options.pop(f"repository_{key}", "") or "" for key in ("url", "branch")}
    if given["url"] == unset["url"]:
        given = {"url": "", "branch": ""}
    try:
        found = find_repository(Path(app.srcdir), **given)
    except Trouble as trouble:
        raise ConfigError(str(trouble)) from None
    config.book_repository = found.url if found else ""
    config.book_branch = found.branch if found else ""


def repository(config):
    """The repository that the build found, or None."""
    found = parse(config.book_repository)
    return Repository(*found, branch=config.book_branch) if found else None


# ---- for authors


def repository_role(name, rawtext, text, lineno, inliner, options=None, content=None):
    """The words, as a link to the repository if it has an address."""
    found = repository(inliner.document.settings.env.config)
    return [nodes.reference(rawtext, text, refuri=found.url) if found else nodes.Text(text)], []


class Clone(Directive):
    """Lines to type in the project's folder, below those that make the folder if the address is known."""

    has_content = True

    def run(self):
        """Make a block of shell lines."""
        found = repository(self.state.document.settings.env.config)
        first = [f"git clone {found.url}", f"cd {found.name}"] if found else []
        text = "\n".join([*first, *self.content])
        return [nodes.literal_block(text, text, language="shell")]


# ---- above each page


def add_buttons(app, pagename, templatename, context, doctree):
    """Put the buttons of the repository and of Binder before the theme's own."""
    found = repository(app.config)
    if not found or doctree is None:
        return
    file = Path(app.env.doc2path(pagename)).relative_to(app.srcdir).as_posix()
    buttons = context["header_buttons"]
    if "kernelspec" in app.env.metadata[pagename]:
        buttons.append(group("fas fa-rocket", "Run this page", [binder_button(found, file)]))
    title = f"{app.env.titles[pagename].astext()} ({file})"
    buttons.append(group(found.forge.icon, "The book's repository", source_buttons(found, file, title)))


def group(icon, tooltip, buttons):
    """A button that opens a list of buttons."""
    return {"type": "group", "icon": icon, "tooltip": tooltip, "buttons": buttons, "label": "source-buttons"}


def link(icon, text, tooltip, url):
    """A button that leads somewhere."""
    return {"type": "link", "icon": icon, "text": text, "tooltip": tooltip, "url": url}


def binder_button(found, file):
    """Open the page as a notebook in JupyterLab, on a machine that mybinder.org lends."""
    return link("_static/images/logo_binder.svg", "Binder", "Open this page as a notebook", found.binder(file))


def source_buttons(found, file, title):
    """The repository, a change of this page, a report about it."""
    return [
        link(found.forge.icon, found.forge.name, "The book's repository", found.url),
        link("fas fa-pencil", "Suggest an edit", "Edit this page", found.edit(file)),
        link("fas fa-lightbulb", "Report a mistake", "Open an issue about this page", found.issue(title)),
    ]
