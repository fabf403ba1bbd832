"""Diplomas and certificates: typeset, signed, kept; a message sent again carries the same file."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from jobs.errors import BaiqauError
from jobs.regions import region_name
from worker.deliver.keys import Signer
from worker.deliver.qr import DiplomaClaims, fits, qr_svg, qr_text, signed_claims
from worker.deliver.sign import pdf_sign
from worker.deliver.titles import basis, degree, nomination
from worker.deliver.typeset import typeset
from worker.deliver.words import Words
from worker.failpoint import failpoint
from worker.files import inside, write_durably
from worker.site import Site

Content = Mapping[str, Any]  # of a message with a diploma

CREDENTIAL = "diploma.jws"


class NoName(BaiqauError):
    """A diploma of somebody whose name is not known."""


@dataclass(frozen=True)
class Diplomas:
    """The diplomas of a site."""

    site: Site
    signer: Signer
    words: Words

    def pdf(self, content: Content, language: str, at: datetime) -> bytes:
        """The diploma of a letter, made once and signed at `at`. TypesetError where a name cannot be set."""
        path = inside(self.site.diplomas, f"{content['diploma']['number']}.pdf")
        if not path.is_file():
            write_durably(path, self._make(content, language, at), self.site.drafts)
            failpoint("diploma.kept")
        return path.read_bytes()

    def _make(self, content: Content, language: str, at: datetime) -> bytes:
        domain = self.site.settings.site.domain
        data = self._data(content, language) | {"verify_at": f"{domain}/d"}
        text, credential = self._credential(content, data, f"https://{domain}/d")
        pdf = typeset(
            self.site.templates / "diploma" / "diploma.typ",
            data,
            images={"qr": qr_svg(text)},
            attachments={CREDENTIAL: credential},
        )
        return pdf_sign(pdf, self.signer, at=at, reason=data["kind"], location=content["organisation"])

    def _credential(self, content: Content, data: Mapping[str, str], base: str) -> tuple[str, str]:
        """The text of the QR code and the same claims as a file; the nomination is in them where it can be printed."""
        claims = DiplomaClaims(
            number=data["number"],
            person=" ".join(filter(None, (data["surname"], data["name"], data["patronymic"]))),
            contest=f"{content['contest']['id']} {content['contest']['edition']}",
            award=" · ".join(filter(None, (data["achievement"], data["nomination"]))),
            issued=data["date"],
        )
        whole = qr_text(base, claims, self.signer)
        if not fits(whole):
            claims = replace(claims, award=data["achievement"])
            whole = qr_text(base, claims, self.signer)
        return whole, signed_claims(claims, self.signer)

    def _data(self, content: Content, language: str) -> dict[str, str]:
        person = content["person"]
        if person is None:
            raise NoName("no name is known: send the file with the participants' names, then hand it over.")
        parts = content.get("nomination") or {}
        return {
            "language": language,
            "kind": content["diploma"].get("kind", "diploma"),
            "date": content["diploma"]["date"],
            "organisation": content["organisation"],
            "contest": content["contest"]["title"][language],
            "surname": person["surname"],
            "name": person["name"] or "",
            "patronymic": person["patronymic"] or "",
            "school": content["school"] or "",
            "region": region_name(content["region"], "ru" if language == "ru" else "kk"),
            "achievement": self._achievement(content, language),
            "nomination": nomination(self.words, language, parts),
            "work": content.get("work") or "",
            "number": content["diploma"]["number"],
            "clause": self._clause(content, language),
        }

    def _achievement(self, content: Content, language: str) -> str:
        """What it is given for: an award, taking part, or a place in a ranking unless the message says otherwise."""
        if award := content.get("award"):
            return degree(self.words, language, award)
        if content["diploma"].get("kind") == "certificate":
            return self.words.reason(language, "took-part", {})
        given = content["diploma"].get("achievement") or {
            "code": "diploma-achievement",
            "facts": content["result"] or {},
        }
        return self.words.reason(language, given["code"], given["facts"])

    def _clause(self, content: Content, language: str) -> str:
        regulation = content["contest"].get("regulation", "")
        return basis(self.words, language, regulation, content["diploma"]["clause"])
