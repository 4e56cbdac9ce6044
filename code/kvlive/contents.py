"""The place where JupyterLab opens and saves files: Jupytext's, with the book's pages made ready on the way.

Jupytext reads a text file as a notebook; the server is told of this class by `kvlive.settings`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jupytext import AsyncTextFileContentsManager

from kvlive.notebook import make_ready, same_text, take_back
from kvlive.prose import Page

Model = Any  # the server's: a dict with a file's path, type and content


class BookContents(AsyncTextFileContentsManager):  # type: ignore[misc]  # Jupytext has no types
    """Jupytext's contents manager, for a folder with the book in it."""

    async def get(self, path: str, content: bool = True, *options: Any, **more: Any) -> Model:
        """Read a file; text in Markdown becomes a notebook that is ready to be read and run."""
        model = await super().get(path, content, *options, **more)
        if content and model["type"] == "notebook" and (page := self._page(path)):
            make_ready(model["content"], page)
        return model

    async def save(self, model: Model, path: str = "") -> Model:
        """Save a file; text in Markdown is written only if it has changed, and as it was where it has not."""
        if model["type"] != "notebook" or not self._page(path):
            return await super().save(model, path)
        content = take_back(model["content"])
        if same_text(content, await self._on_disk(path)):
            return await super().get(path, content=False, type="notebook")
        return await super().save({**model, "content": content}, path)

    async def _on_disk(self, path: str) -> Model:
        if not await self.file_exists(path):
            return {"cells": []}
        stored = await super().get(path, type="notebook")
        return stored["content"]

    def _page(self, path: str) -> Page | None:
        page = Page(Path(self._get_os_path(path.strip("/"))))
        return page if page.path.suffix == ".md" else None
