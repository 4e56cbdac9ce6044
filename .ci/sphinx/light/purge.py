"""Style sheets without the rules that no page can use. PurgeCSS does it, which package-lock.json pins."""

import subprocess
from pathlib import Path


def purge(pages, packages, keep):
    """Cut the style sheets in `_static`, except those to keep."""
    command = ["node", str(Path(__file__).with_name("purge.cjs")), str(packages.resolve()), str(pages), *keep]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"PurgeCSS failed:\n{done.stderr}")
