"""Applications, projects and the works of earlier years."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "feed_entrants",
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("participant", sa.Text(), nullable=False),
        sa.Column("nomination", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("surname", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("patronymic", sa.Text(), nullable=True),
        sa.Column("birth_date", sa.Text(), nullable=True),
        sa.Column("birth_place", sa.Text(), nullable=True),
        sa.Column("sex", sa.Text(), nullable=True),
        sa.Column("school", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("grade", sa.BigInteger(), nullable=True),
        sa.Column("own_grade", sa.BigInteger(), nullable=True),
        sa.Column("course", sa.BigInteger(), nullable=True),
        sa.Column("final_year", sa.Boolean(), nullable=True),
        sa.Column("organisation_type", sa.Text(), nullable=True),
        sa.Column("teacher", sa.Text(), nullable=True),
        sa.Column("concertmaster", sa.Text(), nullable=True),
        sa.Column("accompanying", sa.Text(), nullable=True),
        sa.Column("supervisor", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("achievements", sa.Text(), nullable=True),
        sa.Column("documents", sa.Text(), nullable=True),
        sa.Column("programme", sa.Text(), nullable=True),
        sa.Column("applied_at", sa.Text(), nullable=True),
        sa.Column("leader", sa.Text(), nullable=True),
        sa.Column("reserve", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name=op.f("fk_feed_entrants_delivery_id")
        ),
        sa.PrimaryKeyConstraint("delivery_id", "line", name=op.f("pk_feed_entrants")),
    )
    op.create_table(
        "feed_projects",
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("authors", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("supervisor", sa.Text(), nullable=True),
        sa.Column("grades", sa.Text(), nullable=True),
        sa.Column("abstract_words", sa.BigInteger(), nullable=True),
        sa.Column("abstract_languages", sa.Text(), nullable=True),
        sa.Column("introduction_pages", sa.BigInteger(), nullable=True),
        sa.Column("research_pages", sa.BigInteger(), nullable=True),
        sa.Column("conclusion_pages", sa.BigInteger(), nullable=True),
        sa.Column("references", sa.BigInteger(), nullable=True),
        sa.Column("cited", sa.BigInteger(), nullable=True),
        sa.Column("parts", sa.Text(), nullable=True),
        sa.Column("title_page", sa.Text(), nullable=True),
        sa.Column("documents", sa.Text(), nullable=True),
        sa.Column("declares", sa.Text(), nullable=True),
        sa.Column("harmful", sa.Boolean(), nullable=True),
        sa.Column("registered_at", sa.Text(), nullable=True),
        sa.Column("applied_at", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name=op.f("fk_feed_projects_delivery_id")
        ),
        sa.PrimaryKeyConstraint("delivery_id", "line", name=op.f("pk_feed_projects")),
    )
    op.create_table(
        "feed_earlier-works",
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name=op.f("fk_feed_earlier-works_delivery_id")
        ),
        sa.PrimaryKeyConstraint("delivery_id", "line", name=op.f("pk_feed_earlier-works")),
    )
