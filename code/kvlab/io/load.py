"""``load_model``: from a name, a GGUF file or a Hugging Face folder to a model that runs."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from kvlab.io.assemble import assemble
from kvlab.io.catalogue import MODELS
from kvlab.io.download import ensure_model
from kvlab.io.gguf import GgufFile, open_gguf
from kvlab.io.gguf_config import gguf_config
from kvlab.io.gguf_source import GgufSource
from kvlab.io.tokenizer import Tokenizer
from kvlab.model.transformer import Transformer


def load_model(name_or_path: str | PathLike[str], *, tokenizer: bool = True) -> Transformer:
    """Load a model of the Llama family, its weights as float32.

    Parameters
    ----------
    name_or_path : str or path
        ``"smollm2-135m"`` (downloaded on first use, 98 MB, and checked), a ``.gguf`` file, or a folder with
        ``config.json`` and ``*.safetensors`` in the Hugging Face layout.
    tokenizer : bool
        Whether to load the tokenizer too (needs the ``model`` extra for GGUF files). A folder without
        ``tokenizer.json`` gives a model whose ``tokenizer`` is None.

    Returns
    -------
    Transformer
        Four bytes a parameter; SmolLM2 takes 538 MB and well under a second.

    Raises
    ------
    ValueError
        Neither a known name nor a model's file or folder; the message lists what is allowed.
    UnsupportedModelError
        An architecture, setting or tensor type that is not computed, named before memory is taken.
    GgufError
        A GGUF file that is cut short or damaged.
    ModelUnavailableError
        The named model could not be downloaded; the message says why and what to do.
    """
    if isinstance(name_or_path, str) and name_or_path in MODELS:
        return _from_gguf(ensure_model(name_or_path), tokenizer)
    path = Path(name_or_path).expanduser()
    if path.is_dir() and (path / "config.json").exists():
        return _from_folder(path, tokenizer)
    if path.is_file() and path.suffix == ".gguf":
        return _from_gguf(path, tokenizer)
    raise ValueError(_what_is_allowed(name_or_path, path))


def _what_is_allowed(given: str | PathLike[str], path: Path) -> str:
    allowed = (
        f"Give one of the names {', '.join(MODELS)}, the path of a .gguf file, or a folder with config.json "
        "and *.safetensors."
    )
    if path.is_dir():
        return f"the folder {path} has no config.json. {allowed}"
    if path.is_file():
        return f"{path} is not a .gguf file. {allowed}"
    return f"{str(given)!r} is neither a known model nor a path that exists. {allowed}"


def _from_gguf(path: Path, tokenizer: bool) -> Transformer:
    file: GgufFile = open_gguf(path)
    config = gguf_config(file)
    source = GgufSource(file, config)
    words = Tokenizer.from_gguf(file.metadata) if tokenizer else None
    return Transformer(config, assemble(config, source), words)


def _from_folder(folder: Path, tokenizer: bool) -> Transformer:
    from kvlab.io.huggingface import read_config
    from kvlab.io.safetensors import SafetensorsSource

    config = read_config(folder)
    source = SafetensorsSource(folder)
    has_words = tokenizer and (folder / "tokenizer.json").exists()
    words = Tokenizer.from_folder(folder) if has_words else None
    return Transformer(config, assemble(config, source), words)
