"""What files a publication consists of. A new kind of publication is a function here and a line in KINDS."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from jobs.draw1 import Document, entrant_file, read_draw
from jobs.errors import BaiqauError
from jobs.integrity.analysis import NULL_SCHEMA
from jobs.kazakh import alphabet_rank
from jobs.regions import region_name
from worker.deliver import pool, score_sheets
from worker.deliver.acts import act_files
from worker.deliver.diploma import Diplomas
from worker.deliver.draws import order
from worker.deliver.draws import publications as draws
from worker.deliver.draws.broadcast import broadcast_page
from worker.deliver.draws.folder import committed_files
from worker.deliver.exports import Grid, as_csv, as_xml, question_sheet, schema, score_sheet
from worker.deliver.findings import ACT_KEY, OBSERVATIONS, OBSERVED, WHO
from worker.deliver.keys import Signer
from worker.deliver.letters import BY_HAND
from worker.deliver.lists import ADMISSION_LIST, PUBLIC_RESULT
from worker.deliver.mail.compose import Letters
from worker.deliver.pages import page
from worker.deliver.protocols import content as protocol
from worker.deliver.protocols.files import LANGUAGES as PROTOCOL_LANGUAGES
from worker.deliver.protocols.files import committee_page, committee_tables, public_files
from worker.deliver.questions import COMMITMENT
from worker.deliver.questions import KIND as REQUEST
from worker.deliver.roles.files import card_files, reader_files, record_files, report_files
from worker.deliver.roles.reports import CARDS, READERS, RECORDS
from worker.deliver.roles.reports import REPORT as ROLE_REPORT
from worker.deliver.sign import pdf_sign
from worker.deliver.typeset import TypesetError, typeset
from worker.deliver.unheard import KIND as UNHEARD
from worker.deliver.words import LANGUAGES, Words
from worker.store.corrections import KIND as CORRECTION
from worker.store.publications import RECEIPT
from worker.store.requests import ABSENT_SUBJECT, DRAW_SUBJECT, LOT_SUBJECT, READING_SUBJECT

Content = Mapping[str, Any]
Files = dict[str, bytes]

ANSWER_COLUMNS = ("request_id", "subject", "decision", "ground", "decided_by", "decided_at")
ANNUL = "annul"  # the choice that takes a result away
NULL_COLUMNS = tuple(NULL_SCHEMA)
ADMITTED = {
    "iin": "string",
    "surname": "string",
    "name": "string",
    "patronymic": "string",
    "school": "string",
    "region": "string",
    "language": "string",
    "boarding": "integer",
    "preference": "integer",
    "score": "integer",
}
RESULT = {
    "code": "string",
    "rank": "integer",
    "score": "integer",
    "school_id": "string",
    "preference": "integer",
}
CUTOFF = {
    "school_id": "string",
    "language": "string",
    "seats": "integer",
    "filled": "integer",
    "cutoff": "integer",
    "first_refused": "integer",
    "border_ties": "integer",
}
PRIZE = {
    "draw_id": "string",
    "prize": "integer",
    "award": "string",
    "code": "string",
    "participant": "string",
    "region": "string",
    "surname": "string",
    "name": "string",
    "patronymic": "string",
    "school": "string",
    "email": "string",
}
POOLED = {
    "region": "string",
    "rank": "integer",
    "code": "string",
    "points": "integer",
    "likes": "integer",
    "shares": "integer",
    "comments": "integer",
}
BEST = {
    "region": "string",
    "rank": "integer",
    "code": "string",
    "points": "integer",
    "likes": "integer",
    "adds": "integer",
}
PERFORMS = {"nomination": "string", "performance": "integer", "code": "string"}
PERFORMER = PERFORMS | dict.fromkeys(
    ("participant", "surname", "name", "patronymic", "unit", "school", "concertmaster"), "string"
)
SCHEMAS: Mapping[str, bytes] = {
    "admission-list": schema(
        "admission-list", "pupil", ["contest", "edition", "school", "number", "date"], ADMITTED
    ),
    "public-result": schema("public-result", "person", ["contest", "edition", "date"], RESULT),
    "cutoffs": schema("cutoffs", "school", ["contest", "edition", "date"], CUTOFF),
    "prizes": schema("prizes", "prize", ["contest", "edition", "date", "version"], PRIZE),
    "pool": schema("pool", "work", ["contest", "edition", "date"], POOLED),
    "winners": schema("winners", "work", ["contest", "edition", "date"], BEST),
    "order": schema("order", "performer", ["contest", "edition", "date"], PERFORMS),
    "order-named": schema("order-named", "performer", ["contest", "edition", "date"], PERFORMER),
}


@dataclass(frozen=True)
class Draft:
    """A letter that is written but not mailed."""

    id: str
    language: str
    content: Mapping[str, Any]


@dataclass(frozen=True)
class Press:
    """What documents are made with: the templates, the signing key and the moment of signing."""

    templates: Path
    letters: Letters
    diplomas: Diplomas
    signer: Signer
    now: datetime

    def signed_pdf(self, template: str, data: Mapping[str, object], *, reason: str, place: str) -> bytes:
        """A typeset page with a signature inside."""
        pdf = typeset(self.templates / template, data)
        return pdf_sign(pdf, self.signer, at=self.now, reason=reason, location=place)


def documents(kind: str, content: Content, press: Press) -> Files:
    """The files of a publication by name, signed inside where they are PDFs."""
    return KINDS[kind](content, press)


def _receipt(content: Content, _press: Press) -> Files:
    return {f"{content['receipt']}.json": _json(content)}


def _report(content: Content, _press: Press) -> Files:
    return {f"{content['name']}.json": _json(content)}


def _json(content: Content) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def _admission_list(content: Content, press: Press) -> Files:
    rows = sorted(content["rows"], key=_by_name)
    attributes = {name: str(content[name]) for name in ("contest", "edition", "school", "number", "date")}
    grid = Grid("admission-list", "pupil", attributes, tuple(ADMITTED), rows)
    tables = {"admission-list.csv": as_csv(grid), "admission-list.xml": as_xml(grid)}
    try:
        return tables | {"admission-list.pdf": _admission_page(content, rows, press)}
    except TypesetError as fault:  # a letter no font has, in one name, keeps nobody's place back
        return tables | {"UNPRINTABLE.txt": f"admission-list.pdf could not be made: {fault}\n".encode()}


def _admission_page(content: Content, rows: Sequence[Content], press: Press) -> bytes:
    page_data = _heading(content) | {
        "recipient": content["school"],
        "number": content["number"],
        "also": "ru",
        "rows": [_printed(row) for row in rows],
    }
    return press.signed_pdf(
        "pages/list.typ", page_data, reason="admission list", place=content["organisation"]
    )


def _by_name(row: Content) -> tuple[str, ...]:
    """Printed lists stand in the order of the Kazakh alphabet."""
    parts = [str(row[name] or "") for name in ("surname", "name", "patronymic")]
    return (*map(alphabet_rank, parts), *parts, str(row["iin"]))


def _printed(row: Content) -> dict[str, object]:
    texts = {name: row[name] or "" for name in ("surname", "name", "patronymic", "school", "language")}
    return texts | {
        "region": region_name(row["region"], "kk"),
        "boarding": bool(row["boarding"]),
        "score": row["score"],
    }


def _heading(content: Content) -> dict[str, object]:
    return {
        "language": "kk",
        "date": content["date"],
        "organisation": content["organisation"],
        "contest": content["title"]["kk"],
        "version": content["edition"],
        "rulebook": content["rulebook"][:12],
    }


def _public_result(content: Content, press: Press) -> Files:
    attributes = {name: str(content[name]) for name in ("contest", "edition", "date")}
    result = Grid("public-result", "person", attributes, tuple(RESULT), content["rows"])
    cutoffs = Grid("cutoffs", "school", attributes, tuple(CUTOFF), content["cutoffs"])
    pdf = press.signed_pdf(
        "pages/list.typ", _result_page(content), reason="public result", place=content["organisation"]
    )
    return {
        "result.csv": as_csv(result),
        "result.xml": as_xml(result),
        "result.pdf": pdf,
        "result.html": page(press.templates, "result.html.j2", content),
        "cutoffs.csv": as_csv(cutoffs),
        "cutoffs.xml": as_xml(cutoffs),
    }


def _result_page(content: Content) -> dict[str, object]:
    titles = ("Орын · место", "Код", "Балл", "Мектеп · школа", "Таңдау · выбор")
    rows = [
        [row["rank"], row["code"], row["score"], row["school_id"] or "–", row["preference"] or "–"]
        for row in content["rows"]
    ]
    return _heading(content) | {
        "title": "Қабылдау нәтижесі · Итоги приёма",
        "recipient": "Жалпы жұртқа · Для всех",
        "number": f"{content['contest']}-{content['edition']}".upper(),
        "columns": [{"title": title} for title in titles],
        "rows": [[str(cell) for cell in row] for row in rows],
    }


def _request(content: Content, press: Press) -> Files:
    files = {
        "request.xlsx": _question_sheet(content, press.letters.words),
        "act.html": _act_page(content, press),
    }
    for number, facts in enumerate(content.get("acts", ()), start=1):
        files |= _act_of_a_group(facts, f"acts/{number:02}", press)
    if _about_answers(content):
        files["act.pdf"] = press.signed_pdf(
            "pages/act.typ", _act(content, press.letters.words), reason="act", place=content["organisation"]
        )
    return files


def _about_answers(content: Content) -> bool:
    """Whether a result may be annulled for the answers of a test: only then an act on signs in answers is made. Nobody
    who is asked about for another reason, an invited laureate say, may stand in one."""
    marked = any(person["score"] is not None and person["items"] is not None for person in content["people"])
    return ANNUL in content["choices"] and marked


def _act_of_a_group(facts: Content, folder: str, press: Press) -> Files:
    """The evidence about pupils with similar answers, in both languages of a commission."""
    files: Files = {}
    for language in ("kk", "ru"):
        for name, data in act_files(facts, press.templates, language).items():
            signed = name.endswith(".pdf")
            place = str(facts["organisation"])
            whole = (
                pdf_sign(data, press.signer, at=press.now, reason="act", location=place) if signed else data
            )
            files[f"{folder}/{name}"] = whole
    return files


def _observations(content: Content, _press: Press) -> Files:
    """For the commission: what was noted, by code; and how often honest pairs are as alike as a level."""
    noted = Grid("observations", "person", {}, OBSERVED, content["rows"])
    null = Grid("null", "level", {}, NULL_COLUMNS, content["null"])
    notes = "".join(f"{note}\n" for note in content["notes"]).encode()
    return {"observations.csv": as_csv(noted), "null.csv": as_csv(null), "NOTES.txt": notes}


def _act_key(content: Content, _press: Press) -> Files:
    """For the operator alone: who is behind the codes of a request."""
    told = (name for row in content["rows"] for name, value in row.items() if value not in (None, ""))
    columns = tuple(dict.fromkeys(told)) or WHO
    rows = [{name: row.get(name) for name in columns} for row in content["rows"]]
    return {f"key-{content['request']}.csv": as_csv(Grid("act-key", "person", {}, columns, rows))}


def _act_page(content: Content, press: Press) -> bytes:
    words = press.letters.words
    meanings = {choice: _meanings(words, choice) for choice in content["choices"]}
    known = {choice: told[:2] for choice, told in meanings.items() if all(told)}
    return page(
        press.templates, "request.html.j2", {**content, **_worded_people(content, words), "meanings": known}
    )


def _meanings(words: Words, choice: str) -> list[str]:
    """What a choice means, in each language; an award is called as on diplomas."""
    return [
        words.value(language, "decision", choice) or words.value(language, "degree", choice)
        for language in LANGUAGES
    ]


_SHOWN = ("people", "groups")


def _worded_people(content: Content, words: Words) -> dict[str, list[Content]]:
    """Whoever is asked about, one by one or in groups, their signs worded in Kazakh and Russian."""
    return {name: [_with_words(each, words) for each in content.get(name, ())] for name in _SHOWN}


def _with_words(shown: Content, words: Words) -> Content:
    signs = [
        {**sign, **{language: _worded(sign, words, language) for language in ("kk", "ru")}}
        for sign in shown["signs"]
    ]
    return {**shown, "signs": [{**sign, "who": _unnamed(sign)} for sign in signs]}


def _unnamed(sign: Content) -> str:
    """The codes of those whom a sign is about, where its words do not name them."""
    people = str(json.loads(sign["facts"]).get("people") or "") if sign["facts"] else ""
    return "" if people in sign["kk"] else people


def _question_sheet(content: Content, words: Words) -> bytes:
    """The form to fill in: what was observed stands there in the commissions' languages, then in English."""
    asked = [each for several in _worded_people(content, words).values() for each in several]
    worded = {each["subject"]: (_signs_in(each, "kk"), _signs_in(each, "ru")) for each in asked}
    rows = [
        (content["request"], subject, "", "", "", "", *worded.get(subject, ()), signs)
        for subject, signs in _SUBJECTS[content["kind"]](content)
    ]
    observed = ("observed_kk", "observed_ru", "observed") if worded else ("observed",)
    choices = [(choice, *_meanings(words, choice)) for choice in content["choices"]]
    return question_sheet(
        (*ANSWER_COLUMNS, *observed), rows, choices, "decision", free=bool(content.get("awards"))
    )


def _signs_in(asked: Content, language: str) -> str:
    clause = {"kk": "{}-тармақ", "ru": "пункт {}"}[language]
    told = (
        f"{clause.format(sign['clause'])}: {sign[language]}" + (f" ({sign['who']})" if sign["who"] else "")
        for sign in asked["signs"]
    )
    return " ".join(told)


def _people_asked_about(content: Content) -> list[tuple[str, str]]:
    return [(person["subject"], _signs(person)) for person in content["people"]]


def _lot_asked_for(content: Content) -> list[tuple[str, str]]:
    return [(LOT_SUBJECT, f"list commitment {content['commitment']}")]


def _absentees_asked_about(content: Content) -> list[tuple[str, str]]:
    return [
        (
            ABSENT_SUBJECT,
            "{absent} absent, {present} present, {strangers} strangers".format(**content["counts"]),
        )
    ]


def _groups_asked_about(content: Content) -> list[tuple[str, str]]:
    return [(group["subject"], f"{group['ru']}: {_signs(group)}") for group in content["groups"]]


def _reading_asked_for(content: Content) -> list[tuple[str, str]]:
    return [(READING_SUBJECT, f"{len(content['rankings'])} entries differ between the readings")]


def _dice_asked_for(content: Content) -> list[tuple[str, str]]:
    at = content["draws"][0]["draw_at"]
    return [(DRAW_SUBJECT, f"{len(content['draws'])} draws; twenty ten-sided dice, before {at}")]


def _awards_asked_about(content: Content) -> list[tuple[str, str]]:
    return [(row["subject"], row["prize"]) for row in content["awards"]]


_SUBJECTS: Mapping[str, Callable[[Content], list[tuple[str, str]]]] = {
    "people": _people_asked_about,
    "lot": _lot_asked_for,
    "absentees": _absentees_asked_about,
    "group": _groups_asked_about,
    "reading": _reading_asked_for,
    "draw": _dice_asked_for,
    "annulment": _awards_asked_about,
}


def _signs(person: Content) -> str:
    return "; ".join(f"cl. {sign['clause']}: {sign['why']}" for sign in person["signs"])


_RULES = {
    "too-short": "short-time",
    "fast-and-accurate": "fast-and-accurate",
    "similar": "coincidence",
    "agreement-recommended": "coincidence",
    "agreement-review": "coincidence",
}


def _act(content: Content, words: Words) -> dict[str, object]:
    return {
        "language": "kk",
        "date": content["date"],
        "organisation": content["organisation"],
        "contest": content["title"]["kk"],
        "stage": content["stage"]["kk"],
        "number": content["request"],
        "clause": content["clause"],
        "commission": content["asked"]["kk"],
        "people": [_observed(person, words) for person in content["people"]],
        "pairs": [_pair(pair, content["people"]) for pair in content["pairs"]],
        "members": [{"role": "", "name": ""}] * 3,
    }


def _observed(person: Content, words: Words) -> dict[str, object]:
    rules = [
        {
            "rule": _RULES.get(sign["code"], "other"),
            "clause": sign["clause"],
            "figure": _worded(sign, words, "kk"),
        }
        for sign in person["signs"]
    ]
    seconds = person["seconds"]
    return {
        "id": person["subject"],
        "school": person["school"],
        "class": person["class"],
        "variant": person["variant"],
        "score": person["score"] if person["score"] is not None else "",
        "out_of": person["items"] if person["items"] is not None else "",
        "duration": f"{seconds // 60}:{seconds % 60:02}" if seconds is not None else "",
        "rules": rules,
    }


def _worded(sign: Content, words: Words, language: str) -> str:
    return words.reason(language, sign["code"], json.loads(sign["facts"]) if sign["facts"] else {})


def _pair(pair: Content, people: Sequence[Content]) -> dict[str, object]:
    one = next(person for person in people if person["subject"] in (pair["a"], pair["b"]))
    return {
        "a": pair["a"],
        "b": pair["b"],
        "school": one["school"],
        "variant": one["variant"],
        "identical": pair["identical"],
        "of": pair["items"],
        "wrong": pair["identical_wrong"],
    }


def _letters_by_hand(content: Content, press: Press) -> Files:
    """Letters that no mail reaches: whom to ring or write to, what to say, and the fault where there was one."""
    made: Files = {}
    rows = [_by_hand(row, press, made) for row in content["letters"]]
    columns = ("message", "participant", "phone", "language", "public_code", "subject", "text", "fault")
    grid = Grid("letters-by-hand", "letter", {}, columns, rows)
    return made | {f"letters-by-hand-{content['stage']}.csv": as_csv(grid)}


def _by_hand(row: Content, press: Press, made: Files) -> dict[str, object]:
    """A line for the operator, and the diploma into `made`; what cannot be made is a fault of that line alone."""
    about = {"message": row["message"], "participant": row.get("participant"), "language": row["language"]}
    about |= {"subject": "", "text": ""}
    about |= {name: row["content"].get(name) for name in ("phone", "public_code")}
    faults = [row.get("fault")]
    try:
        letter = press.letters.write(Draft(row["message"], row["language"], row["content"]))
        about |= {"subject": letter.subject, "text": letter.text}
        if diploma := row["content"].get("diploma"):
            pdf = press.diplomas.pdf(row["content"], row["language"], press.now)
            made[f"{diploma.get('kind', 'diploma')}-{diploma['number']}.pdf"] = pdf
    except OSError:
        raise  # the disk is full: the publication waits
    except BaiqauError as fault:
        faults.append(str(fault))
    except Exception as defect:  # noqa: BLE001  # one letter must not keep back the others: told in its line
        faults.append(type(defect).__name__)
    return about | {"fault": "; ".join(filter(None, faults))}


def _commitments(content: Content, press: Press) -> Files:
    """The lists and manifests of all draws of a stage, and the page on which the broadcast will hold them."""
    files: Files = {}
    documents: list[Document] = []
    for text in content["draws"]:
        document = json.loads(text)
        documents.append(document)
        draw = read_draw(document)
        made = committed_files(draw.manifest, entrant_file(draw.entrants), draw.chain)
        files |= {f"{document['draw_id']}/{name}": data for name, data in made.items()}
    summary = {name: content[name] for name in (*_COMMITTED, "chain", "revision", "replaces", "draw_at")}
    summary["draws"] = [{name: document[name] for name in ("draw_id", "commit")} for document in documents]
    files["commitments.json"] = _json(summary)
    files["broadcast.html"] = broadcast_page(press.templates, documents)
    return files


_COMMITTED = ("contest", "title", "edition", "regulation", "organisation", "date", "rulebook")


def _draws_together(content: Content, _press: Press) -> Files:
    """All draws of one broadcast under one hash: of the lines `draw_id commit`, each ended by LF."""
    lines = "".join(f"{draw['draw_id']} {draw['commit']}\n" for draw in content["draws"]).encode()
    summary = {name: content[name] for name in ("broadcast", "revision", "organisation", "draws")}
    summary["sha256"] = hashlib.sha256(lines).hexdigest()
    return {"commitments.txt": lines, "commitments.json": _json(summary)}


def _protocol(content: Content, _press: Press) -> Files:
    home, data = content["draw_id"], content["protocol"].encode()
    files = {f"{home}/protocol.v{content['version']}.json": data}
    return files | ({f"{home}/protocol.json": data} if content["newest"] else {})


def _broadcast(content: Content, press: Press) -> Files:
    return {"protocol.html": broadcast_page(press.templates, content["protocols"])}


def _prizes(content: Content, _press: Press) -> Files:
    """For the operator alone: who gets which prize, for the acts of transfer."""
    attributes = {name: str(content[name]) for name in ("contest", "edition", "date", "version")}
    grid = Grid("prizes", "prize", attributes, tuple(PRIZE), content["rows"])
    name = f"prizes.v{content['version']}"
    return {f"{name}.csv": as_csv(grid), f"{name}.xml": as_xml(grid)}


def _pool(content: Content, press: Press) -> Files:
    attributes = {name: str(content[name]) for name in ("contest", "edition", "date")}
    rows = [row | {"region": region["id"]} for region in content["regions"] for row in region["rows"]]
    grid = Grid("pool", "work", attributes, tuple(POOLED), rows)
    page_ = page(press.templates, "pool.html.j2", content)
    return {"pool.csv": as_csv(grid), "pool.xml": as_xml(grid), "pool.html": page_}


def _winners(content: Content, press: Press) -> Files:
    attributes = {name: str(content[name]) for name in ("contest", "edition", "date")}
    grid = Grid("winners", "work", attributes, tuple(BEST), content["rows"])
    page_ = page(press.templates, "winners.html.j2", content)
    return {"winners.csv": as_csv(grid), "winners.xml": as_xml(grid), "winners.html": page_}


def _order(content: Content, press: Press) -> Files:
    """Who performs when, under codes; a page to be pinned up."""
    pdf = press.signed_pdf(
        "pages/list.typ", _order_page(content), reason="order of performance", place=content["organisation"]
    )
    return _order_grid("order", PERFORMS, content) | {"order.pdf": pdf}


def _order_named(content: Content, _press: Press) -> Files:
    """For the operator alone: who is behind the codes."""
    return _order_grid("order-named", PERFORMER, content)


def _order_grid(name: str, columns: Mapping[str, str], content: Content) -> Files:
    attributes = {key: str(content[key]) for key in ("contest", "edition", "date")}
    grid = Grid(name, "performer", attributes, tuple(columns), content["rows"])
    return {f"{name}.csv": as_csv(grid), f"{name}.xml": as_xml(grid)}


def _order_page(content: Content) -> dict[str, object]:
    titles = ("Мамандану · специализация", "Рет нөмірі · номер", "Код")
    return _heading(content) | {
        "title": "Өнер көрсету кезегі · Очерёдность выступлений",
        "recipient": "Жалпы жұртқа · Для всех",
        "number": f"{content['contest']}-{content['edition']}".upper(),
        "columns": [{"title": title} for title in titles],
        "rows": [[str(row[name]) for name in PERFORMS] for row in content["rows"]],
    }


def _stage_protocol(content: Content, press: Press) -> Files:
    """For the committee: PDFs to be signed by hand too, and tables. A name no font has keeps no table back."""
    words = press.letters.words
    files = committee_tables(content, words)
    name = f"protocol-{content['stage']}"
    for language in PROTOCOL_LANGUAGES:
        try:
            pdf = committee_page(content, words, press.templates, language)
        except TypesetError as fault:
            files[f"{name}.{language}.UNPRINTABLE.txt"] = f"The PDF could not be made: {fault}\n".encode()
            continue
        place = content["organisation"]
        files[f"{name}.{language}.pdf"] = pdf_sign(
            pdf, press.signer, at=press.now, reason="protocol", location=place
        )
    return files


def _public_protocol(content: Content, press: Press) -> Files:
    return public_files(content, press.letters.words, press.templates)


def _correction(content: Content, _press: Press) -> Files:
    """What a corrected version replaces, by the digests of the files, and what it changes."""
    name = f"correction-{content['stage']}.v{content['version']}"
    columns = tuple(dict.fromkeys(column for row in content["rows"] for column in row))
    rows = as_csv(Grid("correction", "entry", {}, columns, content["rows"]))
    return {f"{name}.json": _json(content), f"{name}.csv": rows}


def _unheard(content: Content, press: Press) -> Files:
    """For those who would be asked: that changed marks are not heard, and what to do."""
    return {"notice.html": page(press.templates, "unheard.html.j2", content)}


def _schemas(_content: Content, _press: Press) -> Files:
    return {f"{name}.xsd": text for name, text in SCHEMAS.items()}


def _score_sheet(content: Content, press: Press) -> Files:
    form = score_sheets.form_of(content, press.letters.words.values.get("criterion", {}))
    return {f"{content['name']}.xlsx": score_sheet(form)}


KINDS: Mapping[str, Callable[[Content, Press], Files]] = {
    RECEIPT: _receipt,
    REQUEST: _request,
    ADMISSION_LIST: _admission_list,
    PUBLIC_RESULT: _public_result,
    BY_HAND: _letters_by_hand,
    draws.COMMITMENT: _commitments,
    draws.TOGETHER: _draws_together,
    draws.PROTOCOL: _protocol,
    draws.PRIZES: _prizes,
    score_sheets.KIND: _score_sheet,
    protocol.KIND: _stage_protocol,
    protocol.PUBLIC_KIND: _public_protocol,
    CORRECTION: _correction,
    UNHEARD: _unheard,
    "broadcast": _broadcast,
    pool.POOL: _pool,
    pool.WINNERS: _winners,
    order.ORDER: _order,
    order.ORDER_NAMED: _order_named,
    OBSERVATIONS: _observations,
    ACT_KEY: _act_key,
    ROLE_REPORT: report_files,
    CARDS: card_files,
    READERS: reader_files,
    RECORDS: record_files,
    "report": _report,
    COMMITMENT: _report,
    "checkpoint": _report,
    "schemas": _schemas,
}
