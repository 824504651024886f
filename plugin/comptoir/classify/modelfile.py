"""The model's file: zlib of a line of JSON, a line for each feature, then a byte for each label and one for the square.

tools/model.py writes it.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from typing import Any

from comptoir.classify.model import Head, Model

FILE = files("comptoir") / "classify" / "data" / "model.bin"


@cache
def load() -> Model:
    """The model that ships with Comptoir."""
    return read(FILE.read_bytes())


def read(packed: bytes) -> Model:
    """A model from its file."""
    about, _, rest = zlib.decompress(packed).partition(b"\n")
    data: dict[str, Any] = json.loads(about)
    *names, weights = rest.split(b"\n", data["features"])
    heads = {name: Head(tuple(one["labels"]), one["first"], tuple(one["bias"]), one["sharpness"], tuple(one["sure"]),
                        tuple(one["named"]))
             for name, one in data["heads"].items()}
    words = {word: language for language, some in data["words"].items() for word in some.split()}
    return Model(heads, data["scale"], [*map(bytes.decode, names)], weights, words, data["data"])


def write(
    heads: Mapping[str, Head], scale: float, features: Sequence[str], weights: bytes,
    words: Mapping[str, Sequence[str]], data: str,
) -> bytes:
    """A model's file. `weights`: for each feature a byte for each label, ZERO above what it is, and its square's.

    `words`: language -> the words of its own. `data`: SHA-256 of what it was trained on.
    """
    about = {"heads": {name: asdict(head) for name, head in heads.items()}, "scale": scale, "features": len(features),
             "words": {language: " ".join(some) for language, some in words.items()}, "data": data}
    return zlib.compress("\n".join((json.dumps(about), *features, "")).encode() + weights, 9)
