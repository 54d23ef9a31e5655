"""What is known to be wrong with GTZAN, so that it can be named and never divides a split.

Source: B. L. Sturm, "The GTZAN dataset: Its contents, its faults, their effects on evaluation, and its future
use", arXiv 1306.1461. Nothing here drops a clip: the published fault-filtered lists are the way to do that.
"""

from __future__ import annotations


def _clips(genre: str, *sets: tuple[int, ...]) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(f"{genre}.{number:05d}" for number in numbers) for numbers in sets)


REPETITIONS: tuple[frozenset[str], ...] = (
    *_clips("classical", (42, 53), (51, 80)),
    *_clips("country", (8, 51), (52, 60)),
    *_clips("disco", (38, 78), (50, 51, 70), (55, 60, 89), (71, 74), (98, 99)),
    *_clips("hiphop", (1, 42), (39, 45), (46, 65), (47, 67), (48, 68), (49, 69), (50, 72), (76, 78)),
    *_clips("jazz", (33, 51), (34, 53), (35, 55), (36, 58), (37, 60), (38, 62), (39, 65), (40, 67)),
    *_clips("jazz", (42, 68), (43, 69), (44, 70), (45, 71), (46, 72)),
    *_clips("metal", (4, 13), (34, 94), (40, 61), (41, 62), (42, 63), (43, 64), (44, 65), (45, 66)),
    frozenset({"metal.00058", "rock.00016"}),
    *_clips("pop", (15, 21, 22, 37), (30, 31), (45, 46), (47, 48, 51, 80), (52, 54, 57, 60), (56, 59)),
    *_clips("pop", (67, 71), (68, 73), (87, 90)),
    *_clips("reggae", (3, 54), (5, 56), (7, 59), (8, 57), (10, 60), (13, 58), (33, 44), (41, 69), (73, 74)),
    *_clips("reggae", (75, 91, 92), (80, 81, 82)),
)
"""Clips that hold the same recording, exactly or another part of it; one pair under two labels."""

VERSIONS: tuple[frozenset[str], ...] = (
    *_clips("classical", (44, 48)),
    *_clips("disco", (66, 69)),
    *_clips("hiphop", (2, 32)),
    *_clips("pop", (10, 14), (16, 17), (75, 82), (88, 89), (93, 94)),
)
"""Clips of the same song in other recordings."""

MISLABELLED: dict[str, str] = {
    "country.00020": "Ray Peterson, Tell Laura I Love Her",
    "country.00021": "Burt Bacharach, Raindrops Keep Falling on my Head",
    "country.00022": "Karl Denver, Love Me With All Your Heart",
    "country.00039": "Wayne Toups & Zydecajun, Johnnie Can't Dance",
    "country.00048": "Johnny Preston, Running Bear",
    "disco.00020": "Clarence Carter, Patches",
    "disco.00027": "The Sugarhill Gang, Rapper's Delight",
    "hiphop.00026": "3LW, No More",
    "hiphop.00029": "Aaliyah, Try Again",
    "hiphop.00031": "Pink, Can't Take Me Home",
    "jazz.00000": "Leonard Bernstein, On the Town",
    "jazz.00001": "Leonard Bernstein, Symphonic dances from West Side Story",
    "metal.00058": "Queen, Tie Your Mother Down (rock.00016 too)",
    "pop.00081": "Ladysmith Black Mambazo, Leaning On The Everlasting Arm",
}
"""Clips whose label is not what most listeners would say; an excerpt of the catalogue."""

DISTORTED: dict[str, str] = {"reggae.00086": "noise covers all but the first five seconds"}
"""Clips that are damaged as sound."""

UNREADABLE: dict[str, str] = {"jazz.00054": "the usual copy holds a file that no decoder opens"}
"""Clips that fail to decode in the copy that most people have."""


def known_faults(clip_ids: frozenset[str]) -> list[str]:
    """Lists what the catalogue says of these clips, one line a kind of fault."""
    lines = []
    for kind, sets in (("same recording", REPETITIONS), ("same song", VERSIONS)):
        present = [sorted(ids & clip_ids) for ids in sets if len(ids & clip_ids) > 1]
        if present:
            lines.append(f"{kind}, kept on one side of any split: {'; '.join(' = '.join(ids) for ids in present)}")
    for kind, clips in (("doubtful label", MISLABELLED), ("damaged", DISTORTED)):
        named = [f"{clip_id} ({what})" for clip_id, what in clips.items() if clip_id in clip_ids]
        if named:
            lines.append(f"{kind}: {'; '.join(named)}")
    return lines
