"""Answers that were not thought about: one letter, or a few in turn, put down to the end of the sheet.

Two honest pupils who were told never to leave a blank, and both put C on what they had no time for, agree in wrong
answers as if they had copied. What was filled in like this says nothing about whose sheet it was.
"""

import numpy as np

from jobs.marks import Booleans, Characters

LONGEST_TURN = 5  # letters that take turns: ABCDE, ABCDE …
REPEATS = 6  # by chance one of four options repeats itself so often on one sheet in four thousand


def filled(marks: Characters, right: Booleans, blank: str) -> Booleans:
    """(N, J): the items at the end of a sheet that repeat what stands one to LONGEST_TURN items before, REPEATS times
    or more, at most half of them rightly. `marks` in the order of the sheet; blanks after the last answer are no end.
    """
    answered = marks != ord(blank)
    beyond: Booleans = np.flip(np.cumsum(np.flip(answered, axis=1), axis=1), axis=1) == 0
    found: Booleans = np.zeros_like(answered)
    for turn in range(1, min(LONGEST_TURN, marks.shape[1] - 1) + 1):
        found = found | _run(marks, right, answered, beyond, turn)
    return found


def _run(marks: Characters, right: Booleans, answered: Booleans, beyond: Booleans, turn: int) -> Booleans:
    repeats = np.zeros_like(answered)
    repeats[:, turn:] = (marks[:, turn:] == marks[:, :-turn]) & answered[:, turn:]
    unbroken = np.flip(np.logical_and.accumulate(np.flip(repeats | beyond, axis=1), axis=1), axis=1) & ~beyond
    long = unbroken.sum(axis=1) >= REPEATS
    first = np.where(long, unbroken.argmax(axis=1), marks.shape[1])
    run = (np.arange(marks.shape[1]) >= first[:, None] - turn) & long[:, None] & ~beyond
    blind = 2 * (run & right).sum(axis=1) <= run.sum(axis=1)
    marked: Booleans = run & blind[:, None]
    return marked
