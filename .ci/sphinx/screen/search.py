"""What the search puts first: the rules are a script, `search.js`, which Sphinx puts into its own."""

from pathlib import Path


def setup(app):
    """Name the script."""
    app.connect("config-inited", rank)


def rank(app, config):
    """Rank by the script beside this file."""
    config.html_search_scorer = str(Path(__file__).with_suffix(".js"))
