"""The two files of a bundle: the network, and the card that describes it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec

from genred.analysis.bundle import load_bundle
from genred.whole_file import write_whole
from genred_build.export.tflite import LiteRtNetwork

if TYPE_CHECKING:
    from pathlib import Path

    from genred.analysis.bundle import ModelBundle
    from genred.analysis.model_card import ModelCard


def card_path(path: Path) -> Path:
    """Gives the path of a bundle's card as the daemon finds it: `mine.v2` is a name, and has no ending."""
    return path.with_suffix(".json") if path.suffix in {".json", ".tflite"} else path.with_name(f"{path.name}.json")


def write_files(path: Path, card: ModelCard, tflite: bytes) -> ModelBundle:
    """Writes both files, and reads them back as the daemon does.

    Args:
        path: Where to, without an ending or with that of either file; its folder is made if it is missing.
        card: Of the network.
        tflite: The network.

    Raises:
        BundleError: The daemon would refuse them.
    """
    path = card_path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path.with_suffix(".tflite"), tflite)
    write_whole(path, msgspec.json.format(msgspec.json.encode(card), indent=2) + b"\n")
    return load_bundle(path)


def write_derived(base: ModelBundle, path: Path, tflite: bytes, **changes: Any) -> ModelBundle:
    """Writes a bundle whose network was made of another's.

    Args:
        base: The other bundle; what is not changed comes from its card.
        path: As of `write_files`; its name is the bundle's.
        tflite: The network.
        changes: Fields of the card, beside those that follow from the files.

    Raises:
        BundleError: The daemon would refuse it.
    """
    network = LiteRtNetwork(tflite)
    card = msgspec.structs.replace(
        base.card,
        name=card_path(path).stem,
        input=network.input,
        output=network.output,
        tflite_sha256=hashlib.sha256(tflite).hexdigest(),
        **changes,
    )
    return write_files(path, card, tflite)
