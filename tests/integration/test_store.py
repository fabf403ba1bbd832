"""The database: its migrations are its tables, runs happen once, and a standing comes back as it was."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, insert, select, text
from sqlalchemy.exc import IntegrityError
from unit.tables import (
    application,
    iin_of,
    key_rows,
    pupil,
    quota,
    registration,
    rulebook,
    sheet,
    table,
)

from jobs.feeds import FEEDS
from jobs.medal.marks import counted_marks
from jobs.pipeline import Rulings, run_stage
from worker.store import database, deliveries, runs
from worker.store.counted_marks import counted
from worker.store.database import HEAD, WorkerRunning, open_database, sole_worker
from worker.store.deliveries import Arrival
from worker.store.runs import SETTLED, NewRun
from worker.store.tables import FEED_TABLES, instant, metadata, stamp
from worker.store.tables import deliveries as deliveries_table
from worker.store.tables import messages as messages_table
from worker.store.watermarks import read_watermark, set_watermark

NOW = datetime(2026, 2, 16, 5, 0, tzinfo=UTC)
MIGRATIONS = Path(database.__file__).with_name("migrations")
A, B, C = (iin_of(name) for name in "abc")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_database(f"sqlite:///{tmp_path / 'store.db'}")
    yield opened
    opened.dispose()


def test_the_migrations_make_exactly_the_tables_of_the_code(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, metadata) == []


def test_head_is_the_newest_migration_and_there_is_one_line_of_them() -> None:
    script = ScriptDirectory(str(MIGRATIONS))
    assert script.get_heads() == [HEAD]
    newest = max(path.name for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))
    assert newest.startswith(f"{HEAD}_")


def test_a_database_is_migrated_once_and_opened_again_unchanged(engine: Engine, tmp_path: Path) -> None:
    again = open_database(f"sqlite:///{tmp_path / 'store.db'}")
    with again.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == [HEAD]
    again.dispose()


def test_sqlite_is_opened_as_safely_as_it_can_be(engine: Engine) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
    with engine.connect() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}
        assert found == wanted
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


def test_every_feed_has_a_table_shaped_by_its_contract(engine: Engine) -> None:
    for name, feed in FEEDS.items():
        columns = FEED_TABLES[name].columns
        assert [column.name for column in columns] == ["delivery_id", "line", *feed.columns]
        for column, spec in feed.columns.items():
            assert columns[column].nullable == spec.nullable


def test_an_instant_comes_back_to_the_microsecond_and_stamps_sort_as_time_passes() -> None:
    moments = [datetime(2026, 2, 13, 18, 59, 59, 999999, tzinfo=UTC), datetime(2026, 2, 13, 19, tzinfo=UTC)]
    assert [instant(stamp(moment)) for moment in moments] == moments
    assert stamp(moments[0]) < stamp(moments[1])


def arrive(engine: Engine, content: str, feed: str, rows: pl.DataFrame, state: str = "accepted") -> str:
    """A file of `rows` as it lies in the database once it is decided."""
    arrival = Arrival("s", "myn-bala", "f.csv", content * 16, 1, f"s/{content}", "identity")
    with engine.begin() as connection:
        made = deliveries.add_claim(connection, arrival, NOW)
        numbered = rows.with_row_index("line", 2).with_columns(pl.col("line").cast(pl.Int64))
        deliveries.insert_rows(connection, made.id, FEEDS[feed], numbered)
        change = deliveries_table.update().where(deliveries_table.c.id == made.id)
        connection.execute(change.values(state=state, feed=feed))
    return made.id


def stored(engine: Engine, feed: str) -> pl.DataFrame:
    with engine.begin() as connection:
        return runs.table(connection, feed, "myn-bala")


FILES = {
    "roster": [pupil(who, school_id="s1") for who in (A, B, C)],
    "registrations": [registration(who) for who in (A, B, C)],
    "sheets": [sheet(who, answers) for who, answers in ((A, "AAAA"), (B, "AABB"), (C, "A.BC"))],
    "keys": key_rows("AAAA"),
    "quotas": [quota("X", language="kk", seats=1), quota("Y", boarding=2)],
    "applications": [application(A, 1, "X", boarding=True), application(B, 1, "Y", language="ru")],
}


@pytest.mark.parametrize("feed", FILES)
def test_rows_come_back_as_they_were(engine: Engine, feed: str) -> None:
    rows = table(feed, FILES[feed])
    arrive(engine, "a", feed, rows)
    back = stored(engine, feed)
    plain = rows.with_columns(pl.col(pl.Enum, pl.Date).cast(pl.String))
    assert back.with_columns(pl.col(pl.Enum, pl.Date).cast(pl.String)).equals(plain)


def test_only_accepted_rows_that_nothing_has_replaced_count_and_identical_ones_once(engine: Engine) -> None:
    arrive(engine, "a", "roster", table("roster", [pupil(A)]))
    arrive(engine, "b", "roster", table("roster", [pupil(A), pupil(B)]), "partial")
    arrive(engine, "c", "roster", table("roster", [pupil(C)]), "refused")
    old = arrive(engine, "d", "roster", table("roster", [pupil(C)]))
    with engine.begin() as connection:
        change = deliveries_table.update().where(deliveries_table.c.id == old)
        connection.execute(change.values(superseded_by="newer"))
    assert sorted(stored(engine, "roster")["iin"]) == sorted([A, B])


def test_a_stage_decides_the_same_over_stored_tables_and_a_stored_standing(engine: Engine) -> None:
    tables = {feed: table(feed, rows) for feed, rows in FILES.items()}
    first = run_stage(rulebook(), rulebook().stage("registration"), tables, {}, Rulings())
    for number, (feed, rows) in enumerate(tables.items()):
        arrive(engine, "abcdef"[number], feed, rows)
    back = {feed: stored(engine, feed) for feed in tables}
    with engine.begin() as connection:
        run_id = add_run(connection, 1, runs.schema_of(first.standing))
        runs.add_verdicts(connection, run_id, first.decisions)
        runs.add_standing(connection, run_id, first.standing)
        before = stored_standing(connection)
        story = runs.story(connection, run_id, A)
    assert before["entry"].to_list() == first.standing["entry"].to_list()
    assert before.schema["registered_at"] == first.standing.schema["registered_at"]
    assert [row["why"] for row in story] == first.decisions.filter(entry=A)["why"].to_list()
    stage = rulebook().stage("stage-1")
    fresh = run_stage(rulebook(), stage, tables, {"registration": first.standing}, Rulings())
    again = run_stage(rulebook(), stage, back, {"registration": before}, Rulings())
    assert fresh.decisions.equals(again.decisions)
    assert fresh.standing.select("entry", "score", "school_id").equals(
        again.standing.select("entry", "score", "school_id")
    )


def test_a_standing_of_nobody_keeps_its_columns(engine: Engine) -> None:
    nobody = pl.DataFrame(schema={"entry": pl.String, "score": pl.Int64, "at": pl.Datetime("us", "UTC")})
    with engine.begin() as connection:
        runs.add_standing(connection, add_run(connection, 1, runs.schema_of(nobody)), nobody)
        assert stored_standing(connection).schema == nobody.schema


def stored_standing(connection: Connection) -> pl.DataFrame:
    run = runs.latest(connection, "myn-bala", "registration")
    assert run is not None
    return runs.standing(connection, run)


def add_run(connection: Connection, revision: int, columns: str | None = None) -> int:
    run = NewRun("myn-bala", "2026", "registration", NOW, revision, SETTLED, columns=columns)
    return runs.add(connection, run, NOW)


def test_no_firing_happens_twice(engine: Engine) -> None:
    with engine.begin() as connection:
        add_run(connection, 1)
        add_run(connection, 2)
        last = runs.latest(connection, "myn-bala", "registration")
    assert last is not None and last.revision == 2
    with pytest.raises(IntegrityError), engine.begin() as connection:
        add_run(connection, 2)


def test_the_digest_of_a_runs_inputs_depends_on_content_and_on_nothing_else(engine: Engine) -> None:
    def digest(*others: str) -> str:
        with engine.begin() as connection:
            return runs.inputs_digest(connection, "myn-bala", {"keys"}, others)

    empty = digest()
    arrive(engine, "a", "keys", table("keys", key_rows("AB")))
    one = digest()
    arrive(engine, "b", "roster", table("roster", [pupil(A)]))
    assert empty != one == digest()
    assert digest("rulebook x") != one
    assert digest("x", "y") == digest("y", "x")


def test_a_watermark_moves(engine: Engine) -> None:
    with engine.begin() as connection:
        assert read_watermark(connection, "report") is None
        set_watermark(connection, "report", NOW)
        set_watermark(connection, "report", datetime(2026, 3, 1, tzinfo=UTC))
        assert read_watermark(connection, "report") == datetime(2026, 3, 1, tzinfo=UTC)


def test_the_same_content_twice_gets_two_ids_that_tell_which_came_first(engine: Engine) -> None:
    arrival = Arrival("s", "myn-bala", "f.csv", "ab" * 32, 1, "s/f.csv", "identity")
    with engine.begin() as connection:
        first, second = (deliveries.add_claim(connection, arrival, NOW).id for _ in range(2))
        another = deliveries.add_claim(connection, replace(arrival, sender="t"), NOW).id
    assert first.endswith("abababab-1")
    assert second == first[:-1] + "2"
    assert another.endswith("abababab-1")
    assert another != first


def test_a_row_of_no_delivery_is_refused(engine: Engine) -> None:
    row = key_rows("A")[0] | {"delivery_id": "nobody", "line": 2}
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(insert(FEED_TABLES["keys"]), row)


def test_only_one_worker_works_on_a_site(tmp_path: Path) -> None:
    with sole_worker(tmp_path):
        with pytest.raises(WorkerRunning, match="another worker"), sole_worker(tmp_path):
            pytest.fail("a second worker was let in")
        assert (tmp_path / "worker.lock").stat().st_mode & 0o077 == 0
    with sole_worker(tmp_path):
        pass


# --- a database of an older release ---


def _older(path: Path, revision: str) -> Engine:
    """A database as the release with that migration left it."""
    engine = create_engine(f"sqlite:///{path}")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    return engine


def _arrived(connection: Connection, number: int, hour: int, marks: dict[str, str]) -> None:
    """A file of questionnaires, each with its mentor."""
    arrival = {"id": f"d-{number}", "number": number, "contest": "medal", "feed": "mentor-ratings"}
    arrival |= dict.fromkeys(("sender", "name", "sha256", "origin", "identity"), f"{number}")
    arrival |= {"bytes": 1, "received_at": f"2026-11-01T0{hour}:00:00.000000Z", "state": "accepted"}
    connection.execute(insert(deliveries_table), arrival)
    rows = enumerate(marks.items())
    told = [
        {"delivery_id": f"d-{number}", "line": line, "rating": rating, "mentor": mentor, "stars": 4}
        for line, (rating, mentor) in rows
    ]
    connection.execute(insert(FEED_TABLES["mentor-ratings"]), told)


def test_what_an_older_release_decided_and_showed_is_known_after_the_upgrade(tmp_path: Path) -> None:
    path = tmp_path / "older.db"
    older = _older(path, "0008")
    with older.begin() as connection:
        _arrived(connection, 1, 1, {f"m-{at}": "M" for at in range(5)} | {"n-0": "N"})
        connection.execute(
            text(
                "INSERT INTO runs (id, contest, edition, stage, slot, revision, state, finished_at) VALUES "
                "(7, 'medal', '2026', 'level', '', 1, 'settled', '2026-11-01T02:00:00.000000Z')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO publications (id, recipient, folder, kind, run_id, content, state, intended_at) "
                "VALUES ('p', 'operator', 'medal', 'role-report', 7, '{}', 'published', '')"
            )
        )
        _arrived(connection, 2, 3, {"m-late": "M"})
    older.dispose()
    engine = open_database(f"sqlite:///{path}")
    with engine.begin() as connection:
        run = runs.latest(connection, "medal", "level")
        shown = counted(connection, "medal")
        marks = runs.table(connection, "mentor-ratings", "medal")
    engine.dispose()
    assert run is not None
    assert run.came == 1
    assert shown["rating"].to_list() == [f"m-{at}" for at in range(5)]
    assert counted_marks(marks, shown).equals(shown)  # one more is shown once there are five more


def test_which_letters_a_correction_of_an_older_release_replaced_is_known_after_the_upgrade(
    tmp_path: Path,
) -> None:
    path = tmp_path / "older.db"
    older = _older(path, "0011")
    told = {"rows": [{"code": "K-2", "before": "II", "after": "III"}]}
    with older.begin() as connection:
        for run_id, stage in ((1, "winners"), (2, "others"), (3, "winners")):
            _insert(connection, "runs", id=run_id, contest="o", edition="", stage=stage, slot="", revision=run_id,
                    state="settled", finished_at="", rulebook="the file")  # fmt: skip
        _insert(connection, "publications", id="p", recipient="public", folder="", kind="correction", run_id=3,
                content=json.dumps(told), state="published", intended_at="")  # fmt: skip
        letters = ((1, "K-1"), (1, "K-2"), (2, "K-2"), (3, "K-2"))
        for number, (run_id, code) in enumerate(letters):
            content = json.dumps({"public_code": code})
            _insert(connection, "messages", id=f"m-{number}", contest="o", person=f"{number}", kind="", run_id=run_id,
                    language="kk", content=content, state="uncertain", queued_at="", updated_at="")  # fmt: skip
    older.dispose()
    engine = open_database(f"sqlite:///{path}")
    with engine.begin() as connection:
        query = select(messages_table.c.id).where(messages_table.c.replaced)
        assert connection.execute(query).scalars().all() == ["m-1"]
        runs.note_rules(connection, "o", "winners", "another file", "other rules")
        runs.note_rules(connection, "o", "winners", "the file", "its rules")
        runs.note_rules(connection, "o", "winners", "the file", "other rules")
        noted = [runs.latest(connection, "o", stage) for stage in ("winners", "others")]
    engine.dispose()
    assert [run.rules for run in noted if run] == ["its rules", None]


def _insert(connection: Connection, name: str, **values: object) -> None:
    """A row as a release of then wrote it: without the columns that came later."""
    columns = ", ".join(values)
    marks = ", ".join(f":{column}" for column in values)
    connection.execute(text(f"INSERT INTO {name} ({columns}) VALUES ({marks})"), values)
