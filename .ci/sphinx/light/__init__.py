"""Light pages: only the rules, pictures and scripts of the theme that the book has a use for.

The theme brings all of Bootstrap, and all of Font Awesome twice: as fonts, and as a script of 1.5 MB that draws each
icon anew. The fonts are enough. After each build, that script is taken out of the pages, style sheets and fonts are cut
down to what the pages use, and files that no page loads are removed.

Sphinx writes only what is out of date, into a folder that it must find as it left it. So that folder is kept beside the
light one, and takes its place again at the beginning of the next build. If that build changes nothing in it, the light
pages come back as they were.
"""

import shutil
from pathlib import Path

from light import files, formulas, icons
from light.fonts import embedded
from light.purge import purge

THEME, KATEX = "styles/pydata-sphinx-theme.css", "katex/katex.min.css"


def setup(app):
    """Begin each build with the pages as Sphinx left them, and end it with light ones."""
    app.connect("builder-inited", begin, priority=1)  # before other extensions write into the folder
    app.connect("build-finished", finish, priority=800)  # when other extensions have copied their files
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def heavy(app):
    """The folder that keeps the pages as Sphinx left them; it is there only if those in its place were made light."""
    return Path(app.outdir).with_name("html-heavy")


def kept(app):
    """The folder that keeps the light pages of the build before while Sphinx works."""
    return Path(app.outdir).with_name("html-light")


def seal(app):
    """The file that says what the light pages are, and of which pages, by which program; none if they have a fault."""
    return Path(app.outdir).with_name("html-light.seal")


def packages(app):
    """The folder where npm has installed PurgeCSS, beside the lock file by which it did."""
    return Path(app.srcdir, "_build", "npm")


def begin(app):
    """Put the pages of the build before back as Sphinx left them."""
    if app.builder.name == "html" and heavy(app).exists():
        shutil.rmtree(kept(app), ignore_errors=True)
        Path(app.outdir).rename(kept(app))
        heavy(app).rename(app.outdir)


def finish(app, exception):
    """Lighten the pages; what goes wrong is a warning, which the strict build takes for an error.

    An exception would call all that listens to the end of a build a second time, and one of them fails then.
    """
    if exception or app.builder.name != "html":
        return
    made_of = files.digest(Path(app.outdir), Path(__file__).parent, packages(app) / "package-lock.json")
    copying = heavy(app).with_suffix(".part")  # half a copy must not be taken for one
    shutil.rmtree(copying, ignore_errors=True)
    shutil.copytree(app.outdir, copying)
    copying.rename(heavy(app))
    if seal(app).exists() and seal(app).read_text() == f"{made_of} {files.digest(kept(app))}":
        shutil.rmtree(app.outdir)
        kept(app).rename(app.outdir)
        return
    shutil.rmtree(kept(app), ignore_errors=True)
    seal(app).unlink(missing_ok=True)
    faults = faults_of(app)
    for fault in faults:
        warn(fault)
    if not faults:
        seal(app).write_text(f"{made_of} {files.digest(Path(app.outdir))}")


def faults_of(app):
    """Lighten the pages; return what is wrong with them, or that it could not be done."""
    try:
        return lighten(Path(app.outdir), Path(app.srcdir, "book", "assets"), packages(app) / "node_modules")
    except (OSError, RuntimeError) as error:
        return [f"the pages could not be made light: {error}"]


def warn(fault):
    """Say what is wrong with the pages, so that a strict build fails."""
    from sphinx.util.logging import getLogger

    getLogger(__name__).warning("%s", fault)


def lighten(pages, assets, modules):
    """Cut down what the pages load; return what is wrong with them, in sentences."""
    found = [path for path in pages.rglob("*.html") if "_static" not in path.parts]
    texts = {path: icons.without_script(path.read_text(encoding="utf-8")) for path in found}
    own = [path.name for path in assets.glob("*.css")]
    missing = cut_down(pages, list(texts.values()), modules, own)
    faults = [f"a page shows the {style} icon {name}, which Font Awesome does not have" for style, name in missing]
    for path, text in texts.items():
        path.write_text(files.stamped(text, pages), encoding="utf-8")
        faults += [f"{path.relative_to(pages)} links {name}, which is not there" for name in files.absent(text, pages)]
    return faults


def cut_down(pages, texts, modules, own):
    """Cut down what lies in `_static`, except the book's own style sheets; return the icons that are missing."""
    static = pages / "_static"
    theme, katex = static / THEME, static / KATEX
    missing = icons.missing(set().union(*map(icons.of_page, texts)), theme)
    files.remove(static, [icons.SCRIPT])  # it names every icon there is, and so would keep the rule of each
    purge(pages, modules, own)
    shown = icons.characters("".join(path.read_text(encoding="utf-8") for path in static.rglob("*.css")))
    files.rewrite(theme, lambda css: embedded(css, theme.parent, lambda face: shown) + icons.AS_TEXT)
    if katex.exists():
        files.rewrite(katex, lambda css: embedded(css, katex.parent, formulas.needs(css, texts)))
    files.remove(static, files.UNUSED)
    return missing
