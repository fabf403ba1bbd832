"""A refused file that is requeued says as which arrival it counts: no run before that could read it."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("requeued_as", sa.Integer(), nullable=True))
