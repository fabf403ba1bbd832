"""Runs say by which rules of their own a stage was decided, and letters whether a correction has replaced them.

By which rules the runs of before were decided the worker notes when it starts, where the rulebook's file is still the
one they name.
"""

import json
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_CORRECTIONS = """
SELECT runs.contest, runs.stage, runs.id, publications.content FROM publications
JOIN runs ON runs.id = publications.run_id WHERE publications.kind = 'correction'
"""

_LETTERS = """
SELECT messages.id, messages.content FROM messages JOIN runs ON runs.id = messages.run_id
WHERE runs.contest = :contest AND runs.stage = :stage AND runs.id < :run_id
"""


def upgrade() -> None:
    op.add_column("runs", sa.Column("rules", sa.Text(), nullable=True))
    op.add_column("messages", sa.Column("replaced", sa.Boolean(), server_default=sa.false(), nullable=False))
    for message in _replaced():
        op.get_bind().execute(
            sa.text("UPDATE messages SET replaced = :yes WHERE id = :id"), {"yes": True, "id": message}
        )


def _replaced() -> Iterator[str]:
    """The letters, written before a correction, about the entries it speaks of."""
    for contest, stage, run_id, content in op.get_bind().execute(sa.text(_CORRECTIONS)).all():
        codes = {row["code"] for row in json.loads(content)["rows"]}
        place = {"contest": contest, "stage": stage, "run_id": run_id}
        for message, told in op.get_bind().execute(sa.text(_LETTERS), place).all():
            if json.loads(told).get("public_code") in codes:
                yield message
