"""``python -m kvlive``: let this environment's JupyterLab open the chapters as notebooks."""

from __future__ import annotations

from kvlive.settings import write_settings

for path in write_settings():
    print(path)
