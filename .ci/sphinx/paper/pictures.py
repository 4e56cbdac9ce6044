"""SVG to PDF, by librsvg: vectors stay vectors, and text stays text."""

import hashlib
import subprocess
from pathlib import Path


def pdf_of(svg, folder):
    """Convert a drawing, unless the same one lies there already; return the file's name."""
    name = f"drawing-{hashlib.sha256(svg.encode()).hexdigest()[:12]}.pdf"
    if not (Path(folder) / name).exists():
        convert(svg, Path(folder) / name)
    return name


def convert(svg, target):
    """Write a drawing as PDF; the file is there whole or not at all."""
    part = target.with_suffix(".part")
    subprocess.run(["rsvg-convert", "--format=pdf", f"--output={part}"], input=svg.encode(), check=True)
    part.replace(target)
