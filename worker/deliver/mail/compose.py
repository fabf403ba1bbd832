"""A message's row becomes the bytes of a mail: the same row, the same bytes.

The text of a letter stands once, in `templates/mail/<template>.<language>.j2`: the first paragraph is the
subject, the others the letter. The HTML alternative is the same paragraphs in `letter.html.j2`, so the two
cannot differ.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formataddr
from pathlib import Path
from typing import Any

from email_validator import EmailNotValidError, validate_email
from jinja2 import FileSystemLoader, StrictUndefined, TemplateError, select_autoescape
from jinja2.sandbox import SandboxedEnvironment

from jobs.errors import BaiqauError
from jobs.regions import region_name
from worker.deliver.mail.content import ComposeFault, Content, Diploma, Message, SkippedOption, read_content
from worker.deliver.titles import basis, cited, degree, nomination
from worker.deliver.words import LANGUAGES, Language, Words, read_words
from worker.settings import Mail
from worker.store.messages import MessageRow

_NOT_IN_FILE_NAMES = re.compile(r"[^A-Za-z0-9._-]+")


class AddressFault(BaiqauError):
    """What stands as an address is not exactly one that the relay can be given."""


@dataclass(frozen=True)
class Letter:
    """A letter in words: each paragraph is its lines."""

    language: str
    subject: str
    paragraphs: Sequence[Sequence[str]]

    @property
    def text(self) -> str:
        return "\n\n".join("\n".join(lines) for lines in self.paragraphs) + "\n"


def one_address(text: str) -> str:
    """The one address in `text`, its domain in ASCII (IDNA); AddressFault otherwise, without quoting it."""
    try:
        checked = validate_email(text, check_deliverability=False, allow_smtputf8=True)
    except EmailNotValidError:
        raise AddressFault("not exactly one e-mail address; correct it at its source.") from None
    if checked.ascii_email is None:
        raise AddressFault("address needs SMTPUTF8; give one in Latin letters.")
    return checked.ascii_email


class Letters:
    """The templates and words of a site's letters."""

    def __init__(self, folder: Path) -> None:
        """`folder` has words.toml and mail/; WordsFault where the words are not whole."""
        self.words: Words = read_words(folder / "words.toml")
        self._templates = SandboxedEnvironment(
            loader=FileSystemLoader(folder / "mail"),
            undefined=StrictUndefined,
            autoescape=select_autoescape(("html.j2",), default=False),
        )

    def write(self, row: Message) -> Letter:
        """The letter in the row's language; ComposeFault where it cannot be worded."""
        language = next((known for known in LANGUAGES if known == row.language), None)
        if language is None:
            raise ComposeFault(f"message {row.id}: there are no letters in language {row.language!r}.")
        content = read_content(row)
        context = self._context(language, content) | self._to_adults(language, content)
        context |= self._to_participants(language, content)
        return _letter(language, self._render(row, f"{content.template}.{language}.j2", context))

    def page(self, row: Message, letter: Letter, footer: str) -> str:
        """The letter as HTML."""
        context = {
            "language": letter.language,
            "subject": letter.subject,
            "paragraphs": letter.paragraphs,
            "footer": footer,
        }
        return self._render(row, "letter.html.j2", context)

    def _render(self, row: Message, template: str, context: dict[str, Any]) -> str:
        try:
            return self._templates.get_template(template).render(context)
        except TemplateError as fault:
            raise ComposeFault(f"message {row.id}: templates/mail/{template}: {fault}.") from fault

    def _context(self, language: str, content: Content) -> dict[str, Any]:
        words, outcome, contest = self.words, content.outcome, content.contest
        verdict = _verdict(content)
        refusal, seat = content.admission_reason, content.admission
        return {
            "title": getattr(contest.title, language),
            "regulation": contest.regulation,
            "organisation": content.organisation,
            "person": content.person.full if content.person else None,
            "registered": words.reason(language, "registered-at", {"at": content.registered})
            if content.registered
            else None,
            "stage": words.stage(language, contest.id, outcome.stage, outcome.stage_title),
            "outcome": words.outcome(language, contest.id, outcome.stage, verdict),
            "reason": words.reason(language, outcome.code, outcome.facts),
            "clause": cited(words, language, outcome.clause),
            "result": content.result,
            "admission": seat,
            "admission_language": words.value(language, "language", seat.language or "") if seat else "",
            "admission_reason": words.reason(language, refusal.code, refusal.facts) if refusal else None,
            "skipped": [_option(words, language, option) for option in content.skipped],
            "diploma_number": content.diploma.number if content.diploma else None,
            "next_step": words.next_step(language, contest.id, outcome.stage, verdict),
            "public_code": content.public_code,
        }

    def _to_adults(self, language: Language, content: Content) -> dict[str, Any]:
        """What letters say beside it to adults who take part themselves."""
        words, draw = self.words, content.draw
        region = getattr(draw.group, language) if draw else region_name(content.region, language)
        return {
            "given": content.person.given if content.person else "",
            "region": region,
            "draw": draw,
            "draw_at": words.reason(language, "draw-at", {"at": draw.at}) if draw and draw.at else None,
            "venue": words.value(language, "venue", content.contest.id),
            "prize": content.prize,
            "ground": words.reason(language, "annulled", {"ground": content.ground}),
        }

    def _to_participants(self, language: Language, content: Content) -> dict[str, Any]:
        """What letters say beside it to participants of contests with awards."""
        return {
            "nomination": nomination(self.words, language, content.nomination),
            "work": content.work,
            "award": degree(self.words, language, content.award or ""),
            "school": content.school,
            "corrected": content.corrected,
            "basis": basis(self.words, language, content.contest.regulation, content.outcome.clause),
        }


def _option(words: Words, language: str, option: SkippedOption) -> dict[str, object]:
    reason = words.reason(language, option.code, option.facts)
    return {"preference": option.preference, "school": option.school, "reason": reason}


def _verdict(content: Content) -> str:
    """What the letter is about: in a diploma's, whether there is a seat."""
    if content.template == "diploma" and content.admission_reason:
        return "in" if content.admission else "out"
    return content.outcome.verdict


def _letter(language: str, written: str) -> Letter:
    blocks = re.split(r"\n\s*\n", written.strip())
    paragraphs = [[line.strip() for line in block.splitlines() if line.strip()] for block in blocks]
    return Letter(language, " ".join(paragraphs[0]), paragraphs[1:])


def compose(
    row: MessageRow, letters: Letters, *, mail: Mail, domain: str, diploma: bytes | None = None
) -> bytes:
    """The mail of `row` as it goes over the wire; `diploma` is the PDF of a diploma's letter.

    The Date is the moment the message was queued, so a later attempt sends the same bytes. AddressFault,
    ComposeFault.
    """
    letter = letters.write(row)
    content = read_content(row)
    digest = hashlib.sha256(row.id.encode()).hexdigest()[:32]
    message = _headed(row, content, letter, mail)
    message["Message-ID"] = f"<{digest}@{domain}>"
    message.set_content(letter.text, cte="base64")
    message.add_alternative(letters.page(row, letter, content.organisation), subtype="html", cte="base64")
    if content.diploma:
        _attach(message, row, content.diploma, diploma)
    _name_boundaries(message, digest)
    return message.as_bytes()


def _headed(row: MessageRow, content: Content, letter: Letter, mail: Mail) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message.set_raw("From", _from(content.organisation, one_address(mail.sender)))
    message["To"] = Address(addr_spec=one_address(row.address or ""))
    if mail.reply_to:
        message["Reply-To"] = Address(addr_spec=one_address(mail.reply_to))
    message.set_raw("Subject", _folded("Subject", letter.subject))
    message["Date"] = row.queued_at
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = letter.language
    return message


def _folded(name: str, text: str) -> str:
    """A text as a header has it (RFC 2047). Where the policy of EmailMessage folds words beyond ASCII it loses the
    spaces between them; `Header` keeps them inside the encoded words."""
    return Header(text, "us-ascii" if text.isascii() else "utf-8", header_name=name).encode()


def _from(organisation: str, address: str) -> str:
    if organisation.isascii():
        return formataddr((organisation, address))
    return f"{_folded('From', organisation)}\n <{address}>"


def _attach(message: EmailMessage, row: MessageRow, about: Diploma, diploma: bytes | None) -> None:
    if diploma is None:
        raise ComposeFault(
            f"message {row.id}: its {about.kind} is missing; render it before the mail is composed."
        )
    name = f"{about.kind}-{_NOT_IN_FILE_NAMES.sub('-', about.number)}.pdf"
    message.add_attachment(diploma, maintype="application", subtype="pdf", filename=name)


def _name_boundaries(message: EmailMessage, digest: str) -> None:
    """The standard library would draw the boundaries at random; `=` keeps these out of base64 lines."""
    multiparts = [part for part in message.walk() if part.is_multipart()]
    for number, part in enumerate(multiparts, start=1):
        part.set_boundary(f"={digest}={number}")
