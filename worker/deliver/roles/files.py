"""The files of the medal's reports: pages and workbooks of a reader, participants' cards, whose folders they are."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from worker.deliver.exports import Grid, as_csv
from worker.deliver.roles.pages import records_workbook, report_page, report_workbook
from worker.deliver.roles.words import Row
from worker.deliver.words import LANGUAGES

Content = Mapping[str, Any]
Files = dict[str, bytes]

_HANDED = ("participant", "email", "guardian_email", "phone", "mentor_name", "centre_name")
_CARDS = ("card", "name", *_HANDED)
_READERS = ("folder", "role", "person", "name", "email", "region")


class Templates(Protocol):
    """Whatever knows where the templates are."""

    @property
    def templates(self) -> Path:
        """The folder."""


def report_files(content: Content, press: Templates) -> Files:
    """What a role may see, in each language: a page to look at and a workbook to work with."""
    files: Files = {}
    for language in LANGUAGES:
        files[f"report.{language}.html"] = report_page(content, press.templates, language)
        files[f"report.{language}.xlsx"] = report_workbook(content, press.templates, language)
    return files


def record_files(content: Content, press: Templates) -> Files:
    """A region's records, in each language a workbook."""
    return {
        f"records.{language}.xlsx": records_workbook(content, press.templates, language)
        for language in LANGUAGES
    }


def card_files(content: Content, press: Templates) -> Files:
    """Participants' cards, each in the language of its participant, and whose they are."""
    files: Files = {}
    rows: list[Row] = []
    for card in content["cards"]:
        told, name = {**content, **card["content"]}, f"card-{card['code']}"
        files[f"{name}.html"] = report_page(told, press.templates, card["language"])
        files[f"{name}.xlsx"] = report_workbook(told, press.templates, card["language"])
        person = told["sheets"]["people"][0]
        rows.append({"card": name, "name": told["named"], **{key: person[key] for key in _HANDED}})
    return files | {"cards.csv": as_csv(Grid("cards", "card", {}, _CARDS, rows))}


def reader_files(content: Content, _press: Templates) -> Files:
    """For the operator: which folder of the outbox is whose."""
    return {"readers.csv": as_csv(Grid("readers", "reader", {}, _READERS, content["rows"]))}
