"""Every link, anchor, image, script and style sheet that a page names is there; addresses elsewhere are well formed."""

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from browser import built
from browser.verdict import no_faults

NAMES = {"href": ("a", "link", "area", "use"), "src": ("img", "script", "iframe", "source", "video", "audio", "embed")}
STYLE_ADDRESS = re.compile(r"""(?:url\(\s*|@import\s+)["']?([^"')\s;]+)""")
HOST = re.compile(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")


def addresses(element):
    """Yield every address that an element names."""
    for attribute, tags in NAMES.items():
        if element.tag in tags and attribute in element.attributes:
            yield element.attributes[attribute].strip()
    for candidate in element.attributes.get("srcset", "").split(","):
        if candidate.strip():
            yield candidate.split()[0]
    if element.attributes.get("http-equiv", "").lower() == "refresh":
        yield element.attributes["content"].partition("url=")[2]


def fault(folder, page, address):
    """Return what is wrong with an address on a page, or None."""
    parts = urlsplit(address)
    if parts.scheme in ("data", "mailto"):
        return None
    if parts.scheme or parts.netloc:
        return outer_fault(parts)
    target = (folder / page).parent / unquote(parts.path) if parts.path else folder / page
    if parts.path.startswith("/"):
        return "begins with a slash, so it breaks from a file or in a folder of a site: make it relative"
    if not target.resolve().is_relative_to(folder.resolve()):
        return "leaves the pages: link to a page, or to an address on the web"
    if not target.is_file():
        return "leads nowhere: correct it, or build what it names"
    return anchor_fault(target, parts.fragment) if parts.fragment and target.suffix == ".html" else None


def outer_fault(parts):
    if parts.scheme != "https":
        return "is not https: write https://"
    if not HOST.fullmatch(parts.netloc) or re.search(r"[\s<>\"{}|\\^`]", parts.path + parts.query):
        return "is not a well-formed address: correct its host or its characters"
    return None


def anchor_fault(target, fragment):
    """Return what is wrong with a place on a page: an id, or a figure and its frame as in `how-often=3`."""
    name, _, frame = unquote(fragment).partition("=")
    if name not in built.places(target):
        return f"has no place `{name}` on {target.name}: give a heading that id, or correct the link"
    if frame and not frame.isdecimal():
        return f"names frame {frame} of `{name}`: frames are counted, as in #{name}=3"
    return None


def link_faults(folder, page):
    return [
        f"{element}: {address} {wrong}"
        for element in built.elements(folder / page)
        for address in addresses(element)
        if (wrong := fault(folder, page, address))
    ]


def test_every_address_of_a_page_leads_somewhere(page_name, pages_folder):
    no_faults(page_name, link_faults(pages_folder, page_name))


def test_every_file_that_a_style_sheet_names_is_there(pages_folder):
    faults = []
    for sheet in sorted((pages_folder / "_static").rglob("*.css")):
        for address in STYLE_ADDRESS.findall(sheet.read_text(encoding="utf-8")):
            name = sheet.relative_to(pages_folder).as_posix()
            if not address.startswith("#") and (wrong := fault(pages_folder, name, address)):
                faults.append(f"{name}: {address} {wrong}")
    no_faults("style sheets", faults)


@pytest.mark.parametrize(
    ("address", "wrong"),
    [
        ("gone.html", "leads nowhere"),
        ("other.html#gone", "has no place"),
        ("#gone", "has no place"),
        ("other.html#here=x", "frames are counted"),
        ("/other.html", "begins with a slash"),
        ("../../other.html", "leaves the pages"),
        ("http://example.org/", "is not https"),
        ("https://example/", "not a well-formed"),
        ("https://example.org/a b", "not a well-formed"),
        ("javascript:void(0)", "is not https"),
        ("other.html#here", None),
        ("other.html#here=3", None),
        ("https://example.org/a?b=c#d", None),
    ],
)
def test_what_is_wrong_is_noticed(address, wrong, tmp_path):
    (tmp_path / "other.html").write_text("<p id='here'>")
    (tmp_path / "page.html").write_text(f'<a href="{address}">')
    found = link_faults(tmp_path, "page.html")
    assert (wrong in found[0]) if wrong else found == []


def test_the_pages_have_links_to_check(pages_folder):
    """The front page alone links to every chapter: should this find none, the check above reads the wrong thing."""
    found = [address for one in built.elements(pages_folder / "book" / "index.html") for address in addresses(one)]
    assert {"01-problem-analysis.html"} <= {Path(urlsplit(address).path).name for address in found}
