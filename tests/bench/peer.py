"""One peer on one file, in a process of its own that finds the peer's packages; run by `tests.bench.peers`.

essentia's wheel holds its code and no network; the networks that its documentation names are of musicnn's kind. So
`freeze` writes musicnn's own checkpoint, which its wheel holds, as essentia reads it.
"""

from __future__ import annotations

import importlib
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

MODEL = "MSD_musicnn"
PATCH_S = 3
HOP_S = 1
_RATE_HZ = 16_000
_HOP_FRAMES = 62
"""Frames of 256 samples that come nearest to a second."""


def freeze(file: Path) -> None:
    """Writes musicnn's network as a frozen graph, under the names that essentia expects."""
    tf = importlib.import_module("tensorflow")
    package = importlib.import_module("musicnn")
    models = importlib.import_module("musicnn.models")
    v1 = tf.compat.v1
    v1.disable_v2_behavior()  # essentia reads no resource variables, and no functions
    with v1.Graph().as_default(), v1.Session() as session:
        with tf.name_scope("model"):
            samples = v1.placeholder(tf.float32, [None, 187, 96])
            training = v1.placeholder(tf.bool)
            logits = models.define_model(samples, training, MODEL, 50)[0]
            output = tf.nn.sigmoid(logits, name="Sigmoid")
        session.run(v1.global_variables_initializer())
        v1.train.Saver().restore(session, f"{Path(str(package.__file__)).parent / MODEL}/")
        graph = v1.graph_util.convert_variables_to_constants(session, session.graph_def, [output.op.name])
    file.write_bytes(graph.SerializeToString())


def musicnn(mp3: Path) -> int:
    """Runs musicnn's own `extractor`. Returns how many patches it tagged."""
    extractor = importlib.import_module("musicnn.extractor").extractor
    taggram = extractor(str(mp3), MODEL, input_length=PATCH_S, input_overlap=HOP_S, extract_features=False)[0]
    return len(taggram)


def essentia(graph: Path) -> Callable[[Path], int]:
    """Gives what runs essentia's loader and tagger on a file, its graph loaded already."""
    standard: Any = importlib.import_module("essentia.standard")
    predict = standard.TensorflowPredictMusiCNN(
        graphFilename=str(graph), patchHopSize=_HOP_FRAMES, isTrainingName="model/Placeholder_1"
    )

    def work(mp3: Path) -> int:
        return len(predict(standard.MonoLoader(filename=str(mp3), sampleRate=_RATE_HZ)()))

    return work


def main() -> None:
    """Arguments: `freeze GRAPH`, or `musicnn|essentia GRAPH FILE...`. Prints CPU seconds and patches of each file."""
    peer, graph, *files = sys.argv[1:]
    if peer == "freeze":
        freeze(Path(graph))
        return
    work = musicnn if peer == "musicnn" else essentia(Path(graph))
    work(Path(files[0]))  # what is loaded late, is loaded
    for file in files:
        begin = time.process_time()
        patches = work(Path(file))
        print("peer", time.process_time() - begin, patches, flush=True)


if __name__ == "__main__":
    main()
