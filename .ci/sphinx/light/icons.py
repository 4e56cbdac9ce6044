"""Font Awesome's icons: which ones the pages show, whether they exist, and how they are shown without its script."""

import re

from fontTools.ttLib import TTFont

from light.fonts import RULE, characters_of

SCRIPT = "scripts/fontawesome.js"
SCRIPT_TAG = re.compile(r'\s*<script src="[^"]*/fontawesome\.js[^"]*"></script>')
FOLDER = "../vendor/fontawesome/webfonts"  # from the theme's style sheet
FILES = {"solid": "fa-solid-900.ttf", "regular": "fa-regular-400.ttf", "brands": "fa-brands-400.ttf"}
STYLES = {form: style for style in FILES for form in (f"fa-{style}", f"fa{style[0]}")}  # `fa-solid` and `fas`
SIZES = re.compile(r"fa-(lg|fw|xs|sm|xl|2xs|2xl|\d+x)")
PRIVATE = re.compile("[\ue000-\uf8ff]")  # where fonts keep pictures

# The script put drawings in the icons' place, and the theme has rules that count on finding `svg` there.
AS_TEXT = (
    ".bd-header-article .btn .fa-solid,.bd-header-article .btn .fas,.bd-header-article .btn .fab"
    "{font-size:1.3rem;line-height:1;width:1.3rem;text-align:center;vertical-align:middle}"
    ".bd-sidebar-secondary .onthispage i{padding:0}"
    ".bd-search .fa-solid.fa-magnifying-glass{position:static}"
    ".search-button-field>.fa-solid{display:inline-block}"
    "#pst-search-dialog[open] form.bd-search .fa-solid{font-size:var(--pst-font-size-icon)}"
)


def without_script(page):
    """A page that does not load the script."""
    return SCRIPT_TAG.sub("", page)


def of_page(page):
    """The style and the name of each icon on a page."""
    found = set()
    for classes in re.findall(r'class="([^"]*\bfa-[^"]*)"', page):
        names = classes.split()
        style = next((STYLES[name] for name in names if name in STYLES), None)
        wanted = {name for name in names if name.startswith("fa-") and not SIZES.fullmatch(name)} - STYLES.keys()
        found |= {(style, name) for name in wanted if style}
    return found


def missing(wanted, theme):
    """Those of the icons that Font Awesome, as the theme's style sheet has it, lacks in their style."""
    codes = {}
    for selector, body in RULE.findall(theme.read_text(encoding="utf-8")):
        content = re.search(r'content:"(?:\\([0-9a-f]+)|(.))"', body)
        for name in re.findall(r"\.(fa-[\w-]+)::?before", selector) if content else []:
            codes[name] = chr(int(content[1], 16)) if content[1] else content[2]
    shown = {style: characters_of(TTFont(theme.parent / FOLDER / file)) for style, file in FILES.items()}
    return sorted((style, name) for style, name in wanted if codes.get(name) not in shown[style])


def characters(css):
    """Every picture that style sheets name: for the icons of pages, and those that a rule shows by itself."""
    written = {chr(int(code, 16)) for code in re.findall(r"[\"']\\([0-9a-fA-F]{4,6})", css)}
    return {character for character in written | set(css) if PRIVATE.match(character)}
