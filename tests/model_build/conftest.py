"""What tests of the build share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
import yaml

from genred_build.spec import recipe as recipe_module
from genred_build.spec.recipe import InvertedResidual, load_recipe
from genred_build.threads import one_blas_thread

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True, scope="session")
def _calm_blas() -> None:
    one_blas_thread()


@pytest.fixture
def short_student(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a student with two of its nine blocks, in place of the shipped recipes.

    TensorFlow traces it in a quarter of the time; stem, head and outputs are the real ones.
    """
    student = load_recipe("student")
    blocks = [layer for layer in student.network if isinstance(layer, InvertedResidual)]
    kept = [layer for layer in student.network if layer not in blocks[2:]]
    folder = tmp_path_factory.mktemp("recipes")
    short = msgspec.structs.replace(student, network=tuple(kept))
    (folder / "student.yaml").write_text(yaml.safe_dump(msgspec.to_builtins(short)))
    monkeypatch.setattr(recipe_module, "RECIPES_DIRECTORY", folder)
    return folder


@pytest.fixture
def eager() -> Iterator[None]:
    """TensorFlow without graphs: to trace one costs more than the few steps of a test."""
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)
