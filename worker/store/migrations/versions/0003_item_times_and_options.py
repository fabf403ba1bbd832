"""The seconds of each item of a sheet; the order in which a variant shows the options of an item."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("feed_sheets", sa.Column("seconds", sa.Text(), nullable=True))
    op.add_column("feed_keys", sa.Column("options", sa.Text(), nullable=True))
