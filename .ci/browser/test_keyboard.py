"""Everything that opens, copies or switches does so by keyboard: dropdowns, tabs, copy buttons, the theme's own."""

from browser.scripts import AT_REST
from browser.verdict import no_faults

# One dropdown: its summary or button, and whether what it hides can be seen. A shut one has no height inside.
DROPDOWNS = "article details > summary, article .toggle-button"
SHOWS = """one => {
  const box = one.tagName === "SUMMARY" ? one.parentElement : one.closest(".admonition");
  return [...box.children].some((part) => !part.contains(one) && part.checkVisibility() && part.offsetHeight > 0);
}"""
NAME = "one => `${one.tagName.toLowerCase()} \\u201c${one.closest('summary, p').innerText.trim().slice(0, 60)}\\u201d`"


def dropdown_faults(page):
    """Press Enter on every dropdown, outer ones first, twice: it must open and shut, or shut and open."""
    faults = []
    for one in page.locator(DROPDOWNS).all():
        states = [one.evaluate(SHOWS)]
        one.focus()
        for _ in range(2):
            page.keyboard.press("Enter")
            states.append(one.evaluate(SHOWS))
        if states != [states[0], not states[0], states[0]]:
            faults.append(f"{one.evaluate(NAME)} does not open and shut by Enter: make it a button or a summary")
        if not states[2]:
            page.keyboard.press(" ")  # stays open, so that what lies inside can be reached
    return faults


def tab_faults(page):
    """Move through every tab set with the arrow keys: each tab must show a panel of its own."""
    faults = []
    for tabs in page.locator(".sd-tab-set").all():
        tabs.locator("> input").first.focus()
        shown = set()
        for _ in range(tabs.locator("> input").count()):
            page.keyboard.press("ArrowRight")
            panels = tabs.locator("> .sd-tab-content").evaluate_all("all => all.map((one) => one.checkVisibility())")
            shown.add(panels.index(True) if panels.count(True) == 1 else None)
        if None in shown or len(shown) < tabs.locator("> input").count():
            faults.append(f"a tab set shows the panels {shown} by arrow keys: each tab must show its own")
    return faults


def copy_faults(page):
    """Press Enter on every copy button: it must be seen, and the clipboard must hold code of its block."""
    faults = []
    for button in page.locator("button.copybtn").all():
        code = button.evaluate("one => one.closest('.highlight').querySelector('pre').textContent")
        button.focus()
        where = f"the copy button of `{' '.join(code.split())[:40]}`"
        hidden = button.evaluate(HIDDEN)
        page.keyboard.press("Enter")
        copied = page.evaluate("navigator.clipboard.readText()")
        if not copied.strip() or any(line.strip() not in code for line in copied.splitlines()):
            faults.append(f"{where} copies `{copied[:40]}`: mend its target")
        if hidden:
            faults.append(f"{where} cannot be seen when Tab reaches it: give .copybtn:focus-visible an opacity of 1")
        page.evaluate("navigator.clipboard.writeText('')")
    return faults


# Its end state: a transition that has begun would show what was before.
HIDDEN = """one => {
  one.style.transition = "none";
  return Number(getComputedStyle(one).opacity) < 0.5;
}"""


def test_all_that_a_page_hides_or_copies(page_name, reading):
    page = reading(page_name)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    no_faults(page_name, dropdown_faults(page) + tab_faults(page) + copy_faults(page))


def test_what_the_theme_brings(page_name, opened):
    page = opened(page_name, color_scheme="light")
    faults = skip_link_faults(page) + theme_switch_faults(page)
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(AT_REST)  # a sidebar slides out of a narrow window
        for which in ("primary", "secondary"):
            faults += [f"at {width} pixels, {fault}" for fault in sidebar_faults(page, which)]
    no_faults(page_name, faults)


def skip_link_faults(page):
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    if page.evaluate("location.hash") != "#main-content":
        return ["#pst-skip-link is not the first stop of Tab: readers by keyboard must get past the sidebar"]
    return []


def theme_switch_faults(page):
    """Press Enter on the switch three times: light, dark and automatic, on two papers."""
    button = page.locator("button.theme-switch-button:visible").first
    seen = []
    for _ in range(3):
        button.focus()  # the theme takes the focus away at each press
        page.keyboard.press("Enter")
        paper = "getComputedStyle(document.body).backgroundColor"
        seen.append(page.evaluate(f"[document.documentElement.dataset.mode, {paper}]"))
    modes, papers = {mode for mode, _ in seen}, {paper for _, paper in seen}
    if modes != {"light", "dark", "auto"} or len(papers) != 2:
        return [f"button.theme-switch-button goes through {seen}, not light, dark and auto: mend it"]
    return []


def sidebar_faults(page, which):
    """Press Enter on a button that shows or hides a sidebar, and see the sidebar change; then back."""
    button = page.locator(f"button.{which}-toggle:visible")
    if not button.count():
        return []
    states = [shows_sidebar(page, which)]
    for _ in range(2):
        if page.locator("dialog[open]").count():
            page.keyboard.press("Escape")  # on a phone it lies above the page
        else:
            button.first.focus()
            page.keyboard.press("Enter")
        states.append(once_changed(page, which, states[-1]))
    if states != [states[0], not states[0], states[0]]:
        return [f"button.{which}-toggle shows its sidebar as {states} by keyboard: mend its button"]
    return []


def once_changed(page, which, before):
    """Return whether a sidebar is to be seen, when that has changed or after a second: it slides."""
    for _ in range(20):
        if shows_sidebar(page, which) == before:
            page.wait_for_timeout(50)
    return shows_sidebar(page, which)


def shows_sidebar(page, which):
    """Tell whether a link of a sidebar is to be seen, beside the page or above it."""
    links = page.locator(f"#pst-{which}-sidebar a, #pst-{which}-sidebar-modal a")
    return links.evaluate_all(
        "all => all.some((one) => one.checkVisibility({ visibilityProperty: true }) "
        "&& one.getBoundingClientRect().right > 20 && innerWidth > one.getBoundingClientRect().left)"
    )
