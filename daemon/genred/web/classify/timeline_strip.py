"""The timeline of a song as a strip of buttons: a click plays from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from genred.duration_text import clock_text
from genred.reports.palette import marks

if TYPE_CHECKING:
    from genred.classification.summary import Classification
    from genred.classification.timeline import TimelineEntry

_MAX_PARTS = 400
"""More would be thinner than a pixel each."""

_LETTERS_FROM = 0.045
"""Share of the strip that two letters need."""

_PART = Markup('<button type="button" class="c-{}" data-start="{}" title="{}" style="flex-grow:{}">{}</button>')

_WHOLE = Markup(
    '<div class="timeline"><h2>Timeline</h2><div class="strip">{}</div>{}<table>'
    "<thead><tr><th>Genre</th><th>From – to</th><th>Confidence</th><th></th></tr></thead>"
    "<tbody>{}</tbody></table>{}</div>"
)

PLAY_FROM = """
element.addEventListener('click', event => {
  const part = event.target.closest('[data-start]');
  const player = element.querySelector('audio');
  if (!part || !player) return;
  player.currentTime = Number(part.dataset.start);
  player.play();
});
"""
"""What the browser does with a click."""


def timeline_html(result: Classification, audio_address: str) -> str:
    """Gives strip, list and player.

    Args:
        result: Whose timeline it is.
        audio_address: Where the browser gets the song from.
    """
    known = marks(result.mean)
    parts = result.timeline[:_MAX_PARTS]
    strip, rows = Markup(), Markup()
    for entry in parts:
        mark = known[entry.word]
        share = (entry.end_s - entry.start_s) / max(1e-9, result.seconds)
        span = f"{clock_text(entry.start_s)} – {clock_text(entry.end_s)}"
        letters = mark.letters if share >= _LETTERS_FROM else ""
        strip += _PART.format(*(mark.slot, entry.start_s, f"{span}: {_word(entry)}", round(share, 6), letters))
        rows += Markup(
            '<tr><td><i class="c-{}">{}</i> {}</td><td>{}</td><td>{:.0%}</td>'
            '<td><button type="button" data-start="{}" aria-label="Play from {}">Play</button></td></tr>'
        ).format(mark.slot, mark.letters, entry.word, span, entry.confidence, entry.start_s, clock_text(entry.start_s))
    more = len(result.timeline) - len(parts)
    rest = Markup("<p>and {} more parts, see the JSON</p>").format(more) if more else Markup()
    player = Markup('<audio controls preload="none" src="{}"></audio>').format(audio_address)
    return str(_WHOLE.format(strip, player, rows, rest))


def note_html(text: str) -> str:
    """Gives a line about what is odd, as text."""
    return str(Markup('<p class="note">{}</p>').format(text)) if text else ""


def _word(entry: TimelineEntry) -> str:
    return f"{entry.word}, confidence {entry.confidence:.0%}"
