"""The files of the sample season, read with nothing of ours."""

import csv
import io
from collections import defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from lxml import etree
from python_calamine import CalamineWorkbook

from jobs.rulebook import Rulebook, load
from worker.rehearsal.season import Drop, Season
from worker.rehearsal.spreadsheet import HEADERS

ROOT = Path(__file__).resolve().parents[2]
ALMATY = ZoneInfo("Asia/Almaty")

FEED_OF = {"list": "roster"} | {
    name: name for name in ("registrations", "keys", "sheets", "quotas", "applications")
}

ENCODING_OF = {"02": "kz1048", "03": "utf-16", "08": "cp1251"}  # of the list's files; the others are UTF-8
Record = dict[str, str]


def rulebook_of_the_contest() -> Rulebook:
    path = ROOT / "contests" / "myn-bala.toml"
    return load(path.read_text(encoding="utf-8"), path.name)


RULEBOOK = rulebook_of_the_contest()
WINDOWS = RULEBOOK.windows


def name_of(drop: Drop) -> str:
    return drop.path.rsplit("/", 1)[1]


def feed_of(drop: Drop) -> str:
    return FEED_OF[name_of(drop).split("-")[0]]


def cells_of(drop: Drop) -> list[list[str]]:
    if drop.path.endswith("xlsx"):
        book = CalamineWorkbook.from_filelike(io.BytesIO(drop.data))
        return [[shown(cell) for cell in row] for row in book.get_sheet_by_index(0).to_python()]
    if drop.path.endswith("xml"):
        pupils = [{child.tag: child.text for child in pupil} for pupil in etree.fromstring(drop.data)]
        headers = list(dict.fromkeys(name for pupil in pupils for name in pupil))
        return [headers, *([pupil.get(name) or "" for name in headers] for pupil in pupils)]
    text = drop.data.decode(encoding_of(drop))
    delimiter = max(";,\t", key=text.splitlines()[0].count)
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def encoding_of(drop: Drop) -> str:
    if feed_of(drop) == "roster" and "again" not in drop.path:
        return ENCODING_OF.get(name_of(drop)[5:7], "utf-8-sig")
    try:
        drop.data.decode("utf-8")
    except UnicodeDecodeError:
        return "kz1048"
    return "utf-8-sig"


def shown(cell: object) -> str:
    if isinstance(cell, datetime):
        return (cell + timedelta(microseconds=500_000)).strftime("%d.%m.%Y %H:%M:%S")
    if isinstance(cell, date):
        return cell.strftime("%d.%m.%Y")
    return str(int(cell)) if isinstance(cell, float) else str(cell)


def spellings(header: str) -> set[str]:
    """A header as it is, with look-alike letters, and as KZ-1048 read as cp1251."""
    misread = header.encode("kz1048").decode("cp1251")
    return {header, header.translate(str.maketrans("іІә", "iIə")), misread}


def records_of(drop: Drop) -> list[Record]:
    spoken = HEADERS[feed_of(drop)]
    canonical = spoken["en"].split("|")
    pairs = [pair for words in spoken.values() for pair in zip(canonical, words.split("|"), strict=True)]
    known = {spelt: name for name, header in pairs for spelt in spellings(header)}
    rows = cells_of(drop)
    head = next(at for at, row in enumerate(rows) if not known.keys().isdisjoint(row))
    names = [known.get(cell, cell) for cell in rows[head]]
    return [dict(zip(names, row, strict=False)) for row in rows[head + 1 :]]


def all_records(season: Season, part: str) -> list[Record]:
    """Of every sound file whose name begins so."""
    sound = [d for d in season.drops if season.planted.files[d.path] in ("accepted", "partial")]
    return [record for drop in sound if name_of(drop).startswith(part) for record in records_of(drop)]


def moment(text: str) -> datetime:
    if "+" in text:
        return datetime.fromisoformat(text)
    return datetime.strptime(text, "%d.%m.%Y %H:%M:%S").replace(tzinfo=ALMATY)


def registrations(season: Season) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = defaultdict(list)
    for record in all_records(season, "registrations"):
        found[record["iin"]].append(record)
    return found
