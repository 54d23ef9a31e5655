"""The genre filter: from windows that disagree to one steady answer.

A hidden Markov model whose state is the label on air and that mostly stays where it is ("sticky"): the forward
recursion of Rabiner, "A tutorial on hidden Markov models" (Proc. IEEE 77, 1989), with one transition
probability for all changes. On top of its posterior stands the announcement: hysteresis and a dwell.

The posterior says which label leads, not how often such a leader is right: it takes windows for independent witnesses,
and a song that is misheard is misheard in all of them. How sure an answer is, is said by the mean of what the windows
heard, which stays low where they waver; with a sharpness that was fitted on programmes it is calibrated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

RELEASE = 0.8
"""What is announced goes on down to this share of `least_confidence`: an answer at the edge does not flap."""

MIN_POSTERIOR = 1e-6
"""No label is ever ruled out: one that was wrong for an hour can still come back within a few windows."""


@dataclass(frozen=True, slots=True)
class GenreFilterSettings:
    """Numbers of the filter, from the bundle or the configuration.

    Attributes:
        hold_s: Expected seconds between changes.
        evidence_weight: Exponent on the likelihood of a window that overlaps no other.
        announce_threshold: Posterior at which a label is announced.
        release_threshold: Posterior under which the announced label is given up.
        dwell_s: How long a new answer must lead before it is announced.
        least_confidence: Under this confidence nothing is announced; what was is given up under `RELEASE` of it.
        memory_s: Time constant of the mean that is the confidence.
        sharpness: Exponent on that mean.
        doubt_windows: Windows of knowing nothing that are always mixed into the mean.
    """

    hold_s: float
    evidence_weight: float
    announce_threshold: float
    release_threshold: float
    dwell_s: float
    least_confidence: float = 0.0
    memory_s: float = 20.0
    sharpness: float = 1.0
    doubt_windows: float = 0.1

    def stay(self, step_s: float) -> float:
        """Probability that what is on air is still on air a step later."""
        return float(np.exp(-step_s / self.hold_s))

    def fade(self, step_s: float) -> float:
        """What a step leaves of the weight of what was heard before it."""
        return float(np.exp(-step_s / self.memory_s))

    def probabilities(self, evidence: NDArray[np.float64]) -> NDArray[np.float64]:
        """Gives (labels,) how likely each label is, sum 1, after (labels,) sums of windows' probabilities."""
        sharpened = (evidence + self.doubt_windows * (1.0 / evidence.size)) ** self.sharpness
        return np.asarray(sharpened / sharpened.sum())


class GenreFilter:
    """Smooths calibrated log-probabilities and decides what is announced.

    Args:
        labels: How many labels there are.
        step_s: Seconds between windows.
        window_s: Length of a window.
        settings: Numbers of the filter.
    """

    def __init__(self, labels: int, step_s: float, window_s: float, settings: GenreFilterSettings) -> None:
        self._settings = settings
        self._step_s = step_s
        self._stay = settings.stay(step_s)
        self._share = min(1.0, step_s / window_s)
        self._weight = settings.evidence_weight * self._share
        self._fade = settings.fade(step_s)
        self._uniform = np.full(labels, 1.0 / labels)
        self.reset()

    @property
    def posterior(self) -> NDArray[np.float64]:
        """(labels,) probabilities of what is on air now, sum 1."""
        return self._posterior

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """(labels,) how likely each label is, sum 1: the announced one's is the confidence."""
        return self._settings.probabilities(self._leader_evidence if self._announced is None else self._evidence)

    @property
    def announced(self) -> int | None:
        """Index of the announced label; None while nothing is sure enough."""
        return self._announced

    def reset(self) -> None:
        """Forgets, as after a gap, in silence or at a new title."""
        self._posterior = self._uniform
        self._leader: int | None = None
        self._evidence = np.zeros_like(self._uniform)
        self._leader_evidence = np.zeros_like(self._uniform)
        self._announced: int | None = None
        self._candidate: int | None = None
        self._candidate_s = 0.0

    def update(self, log_probabilities: NDArray[np.float64] | None, evidence: float = 1.0) -> None:
        """Takes one step.

        Args:
            log_probabilities: (labels,) calibrated, of the newest window; None where there is none to go by.
            evidence: Share of the window that is worth listening to, 0 to 1.
        """
        prior = passed_on(self._posterior, self._stay)
        if log_probabilities is not None:
            scores = np.log(prior) + self._weight * evidence * log_probabilities
            prior = np.exp(scores - scores.max())
        posterior = np.maximum(prior / prior.sum(), MIN_POSTERIOR)
        self._posterior = posterior / posterior.sum()
        leader = int(self._posterior.argmax())
        self._hear(log_probabilities, evidence, leader)
        self._announce(leader)

    def _hear(self, log_probabilities: NDArray[np.float64] | None, evidence: float, leader: int) -> None:
        """Takes a window into the means: the one of what is announced, and the one since there is this leader."""
        if leader != self._leader:
            self._leader, self._leader_evidence = leader, np.zeros_like(self._evidence)
        if log_probabilities is not None:
            gained = self._share * evidence * np.exp(log_probabilities)
            self._evidence = self._fade * self._evidence + gained
            self._leader_evidence = self._fade * self._leader_evidence + gained

    def _is_sure(self, answer: int) -> bool:
        """Whether an answer has the confidence to be announced, or to go on."""
        least = self._settings.least_confidence
        if answer == self._announced:
            return bool(self.probabilities[answer] >= RELEASE * least)
        return bool(self._settings.probabilities(self._leader_evidence)[answer] >= least)

    def _announce(self, leader: int) -> None:
        answer: int | None = None
        if self._posterior[leader] >= self._settings.announce_threshold:
            answer = leader
        elif self._announced is not None and self._posterior[self._announced] >= self._settings.release_threshold:
            answer = self._announced
        if answer is not None and self._settings.least_confidence > 0 and not self._is_sure(answer):
            answer = None
        if answer == self._announced:
            self._candidate, self._candidate_s = answer, 0.0
            return
        if answer != self._candidate:
            self._candidate, self._candidate_s = answer, 0.0
        self._candidate_s += self._step_s
        # As in the silence gate: steps are whole hops, a little under a second each.
        if self._candidate_s >= self._settings.dwell_s - self._step_s / 2:
            self._announced = answer
            self._candidate_s = 0.0
            if answer is not None:
                # What was heard of the old word says nothing about the new one.
                self._evidence = self._leader_evidence


def passed_on(posterior: NDArray[np.float64], stay: float) -> NDArray[np.float64]:
    """Moves (labels,) probabilities, sum 1, on by a step: each label stays, or gives way to any other alike."""
    return stay * posterior + (1.0 - stay) * (1.0 - posterior) / (posterior.size - 1)
