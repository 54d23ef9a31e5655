"""What a training learns from, as a digest: the result of another recipe or of other files is none of this one's."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from genred_build.data.digests import file_digest
from genred_build.npz import is_made_from

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from genred_build.data.corpus import Corpus
    from genred_build.data.targets import Embeddings

KEY = "key"
"""Name in an archive under which the key lies of what it was made from."""


def fingerprint(corpus: Corpus, indices: NDArray[np.int64], embeddings: Embeddings | None) -> str:
    """Gives a digest of some files: their names, labels and samples, and how many embeddings of them there are.

    What is computed from these, such as the labels of a linear head, may differ in its last bits from run to run, and
    is left out.
    """
    known = embeddings.by_name if embeddings else {}
    listed = [
        (file.name, file.label, corpus.pcm_md5[index], len(known[file.name][0]) if file.name in known else 0)
        for index, file in ((int(index), corpus.files[index]) for index in indices)
    ]
    return hashlib.blake2b(msgspec.json.encode(listed), digest_size=16).hexdigest()


def key_of(depends: object, start: Path | None) -> NDArray[np.uint8]:
    """Gives the key of a result, to be stored in it as `KEY`.

    Args:
        depends: On what, as JSON can hold it.
        start: The weights that it started from.
    """
    text = msgspec.json.encode((depends, file_digest(start) if start else ""))
    return np.frombuffer(hashlib.blake2b(text, digest_size=16).digest(), np.uint8)


def is_of(path: Path, key: NDArray[np.uint8]) -> bool:
    """Whether an archive is there, can be read, and was made with this key, or by a version that stored none."""
    return is_made_from(path, KEY, key)
