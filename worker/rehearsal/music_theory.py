"""A made-up season of music theory: the year of solfeggio and harmony, three rounds that everybody sits to the end."""

from jobs.rulebook import Rulebook
from worker.rehearsal.order99 import begin
from worker.rehearsal.performers import apply, close, marks, name_jury
from worker.rehearsal.spreadsheet import Drop

NOMINATION = ("Сольфеджио және гармония", "Сольфеджио и гармония")
TASKS = dict.fromkeys(
    ("1/dictation", "1/harmony", "2/sight-reading", "2/sequence", "3/ear-analysis", "3/period"), "10"
)


def make_music_theory(rulebook: Rulebook, *, seed: int, people: int = 8) -> tuple[Drop, ...]:
    """So many theorists and those with trouble; KeyError for a rulebook without its moments."""
    draft = begin(rulebook, seed)
    apply(draft, [NOMINATION], people)
    name_jury(draft)
    draft.mark("harmony", marks(draft, TASKS), before="marks", hours=1)
    close(draft)
    return draft.season()
