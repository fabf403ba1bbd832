"""Which anonymous marks stand behind the reports that went out, those that went out before included."""

from collections import Counter

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_LEAST = 5
"""Marks of a mentor from which on they were shown."""

_NEWEST = """
SELECT runs.contest, runs.id, runs.came FROM runs WHERE runs.id IN (
  SELECT max(shown.id) FROM runs AS shown JOIN publications ON publications.run_id = shown.id
  WHERE publications.kind = 'role-report' GROUP BY shown.contest
)
"""

_MARKS = """
SELECT marks.rating, marks.mentor, marks.stars FROM "feed_mentor-ratings" AS marks
JOIN deliveries ON deliveries.id = marks.delivery_id
WHERE deliveries.contest = :contest AND deliveries.state IN ('accepted', 'partial') AND deliveries.number <= :came
AND (deliveries.superseded_by IS NULL OR deliveries.superseded_by NOT IN (
  SELECT newer.id FROM deliveries AS newer WHERE newer.number <= :came
))
ORDER BY deliveries.number DESC, marks.line DESC
"""


def upgrade() -> None:
    op.create_table(
        "counted_marks",
        sa.Column("contest", sa.Text(), nullable=False),
        sa.Column("rating", sa.Text(), nullable=False),
        sa.Column("mentor", sa.Text(), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_counted_marks_run_id")),
        sa.PrimaryKeyConstraint("contest", "rating", name=op.f("pk_counted_marks")),
    )
    for contest, run_id, came in op.get_bind().execute(sa.text(_NEWEST)).all():
        _keep_shown(contest, run_id, came or 0)


def _keep_shown(contest: str, run_id: int, came: int) -> None:
    """What the newest reports showed stays behind them: otherwise one new mark, all being counted anew, could be told
    as the difference of two reports."""
    connection = op.get_bind()
    found = connection.execute(sa.text(_MARKS), {"contest": contest, "came": came})
    marks = {rating: (mentor, stars) for rating, mentor, stars in found}
    number = Counter(mentor for mentor, _ in marks.values())
    insert = sa.text("INSERT INTO counted_marks VALUES (:contest, :rating, :mentor, :stars, :run_id)")
    for rating, (mentor, stars) in marks.items():
        if number[mentor] >= _LEAST:
            row = {"contest": contest, "rating": rating, "mentor": mentor, "stars": stars, "run_id": run_id}
            connection.execute(insert, row)
