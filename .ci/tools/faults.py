"""What must not be on a built page."""

import re
from pathlib import Path

ELSEWHERE = re.compile(
    r"""<(?:script|link|img|iframe|source|video|audio|embed|object)\b[^>]*?"""
    r"""\b(?:src|href|data)=["']?(?:https?:)?//[^>]*>"""
    r"""|@import\s+["']?(?:url\(["']?)?(?:https?:)?//[^;]*"""
    r"""|\burl\(["']?(?:https?:)?//[^)]*\)"""
)


def page_faults(pages: Path) -> list[str]:
    """List what a reader without a network would miss, and formulas that KaTeX could not read."""
    faults = []
    for path in sorted([*pages.rglob("*.html"), *pages.rglob("*.css")]):
        text = path.read_text(encoding="utf-8")
        found = [tag for tag in ELSEWHERE.findall(text) if 'rel="canonical"' not in tag]
        found += re.findall(r'class="katex-error"[^>]*>', text)
        faults += [f"{path.relative_to(pages)}: {what[:160]}" for what in found]
    return faults
