"""How colours look to people who see no red, no green: OKLab distances of simulated colours.

The matrices, for full deficiency and on linear sRGB, are of Machado, Oliveira and Fernandes, "A Physiologically-based
Model for Simulation of Color Vision Deficiency" (2009); OKLab is of Ottosson (2020).
"""

from __future__ import annotations

import numpy as np

from genred.reports.palette import linear

VISIONS = {
    "trichromat": np.eye(3),
    "deuteranope": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "protanope": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
}
_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def distance(one: str, other: str, vision: str) -> float:
    """OKLab distance as seen with a vision; 1 from black to white."""
    return float(np.linalg.norm(_seen(one, vision) - _seen(other, vision)))


def _seen(colour: str, vision: str) -> np.ndarray:
    light = np.array([linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5)])
    simulated = np.clip(VISIONS[vision] @ light, 0, 1)
    lab: np.ndarray = _TO_LAB @ np.cbrt(_TO_LMS @ simulated)
    return lab
