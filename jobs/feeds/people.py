"""How people head the columns that several feeds have of a person and of the stage of a contest."""

from typing import Any

from jobs.feeds.contract import CHOICE, DATE, EMAIL, PERSON, PHONE, REGION, TEXT, column
from jobs.feeds.vocabulary import LANGUAGES, SEXES, STAGES

PARTICIPANT: dict[str, Any] = column(
    PERSON, "the participant's id in the contest", "қатысушы", "участник", "participant", "қатысушы id",
    "id участника", "жсн", "иин", "iin",
)  # fmt: skip
SURNAME: dict[str, Any] = column(TEXT, "surname", "тегі", "фамилия", "surname", "last name")
NAME: dict[str, Any] = column(TEXT, "given name", "аты", "есімі", "имя", "name", "first name", "given name")
PATRONYMIC: dict[str, Any] = column(
    TEXT, "patronymic, where there is one", "әкесінің аты", "отчество", "middle name"
)
BIRTH_DATE: dict[str, Any] = column(DATE, "date of birth", "туған күні", "дата рождения", "birth date")
SEX: dict[str, Any] = column(CHOICE, "sex", "жынысы", "пол", "sex", "gender", choices=SEXES)


def _phone(*more: str) -> dict[str, Any]:
    known = ("телефон", "телефон нөмірі", *more, "номер телефона", "phone")
    return column(PHONE, "phone, kept as +7XXXXXXXXXX", *known)


PHONE_NUMBER: dict[str, Any] = _phone()
PHONES: dict[str, Any] = _phone("байланыс телефоны", "контактный телефон")
MAIL: dict[str, Any] = column(
    EMAIL, "where we write to", "электрондық пошта", "электронды пошта", "эл. пошта", "электронная почта",
    "эл. почта", "почта", "email", "e-mail",
)  # fmt: skip
LANGUAGE: dict[str, Any] = column(
    CHOICE, "language of teaching, and of our letters", "оқыту тілі", "тіл", "тілі", "хат тілі", "язык обучения",
    "язык", "язык писем", "language", choices=LANGUAGES,
)  # fmt: skip
REGION_SENT: dict[str, Any] = column(
    REGION, "region: code or name in kk or ru; read off the unit where absent", "облыс", "облысы", "область", "өңір",
    "регион", "region",
)  # fmt: skip
STAGE: dict[str, Any] = column(
    CHOICE, "stage of the contest, where it has several", "кезең", "этап", "stage", choices=STAGES
)
NOMINATION_OF_MARK: dict[str, Any] = column(
    TEXT, "subject, direction or section of the mark, where the participant has several", "номинация", "пән",
    "предмет", "бағыт", "направление", "секция", "nomination", "subject", "section",
)  # fmt: skip
UNIT: dict[str, Any] = column(
    TEXT, "who sends the participant: district, city, organisation, NIS, RBO and its name", "жіберген ұйым",
    "жіберуші ұйым", "жіберуші", "аудан", "команда", "кто направил", "направившая организация", "район", "unit", "team",
    "district",
)  # fmt: skip
