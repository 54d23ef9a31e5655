"""Threads: one for each process's BLAS."""

from __future__ import annotations


def one_blas_thread() -> None:
    """Keeps NumPy's matrix products on one thread, from now on.

    They are small here: on a busy machine, threads that wait for each other took 190 ms for a window's features
    where one takes 3 ms. TensorFlow has threads of its own and is not touched.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    threadpool_limits(1, user_api="blas")
