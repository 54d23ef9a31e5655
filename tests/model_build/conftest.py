"""What tests of the build share."""

from __future__ import annotations

import pytest

from genred_build.threads import one_blas_thread


@pytest.fixture(autouse=True, scope="session")
def _calm_blas() -> None:
    one_blas_thread()
