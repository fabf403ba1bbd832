"""Runs say up to which arrival they read: a stage that is decided again reads all but the changed marks as it did."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("runs", sa.Column("came", sa.Integer(), nullable=True))
    op.execute(
        "UPDATE runs SET came = (SELECT max(number) FROM deliveries "
        "WHERE deliveries.contest = runs.contest AND deliveries.received_at <= runs.finished_at)"
    )
