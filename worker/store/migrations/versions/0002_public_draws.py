"""Public draws: commitments, standing requests, when a publication went out."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("publications", sa.Column("published_at", sa.Text(), nullable=True))
    op.add_column(
        "requests", sa.Column("standing", sa.Boolean(), server_default=sa.text("0"), nullable=False)
    )
    op.create_table(
        "commitments",
        sa.Column("draw_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("contest", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("commitment", sa.Text(), nullable=False),
        sa.Column("round", sa.BigInteger(), nullable=False),
        sa.Column("draw_at", sa.Text(), nullable=False),
        sa.Column("publication_id", sa.Text(), nullable=False),
        sa.Column("made_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("draw_id", "revision", name=op.f("pk_commitments")),
    )
    op.create_index("ix_commitments_contest", "commitments", ["contest"], unique=False)
