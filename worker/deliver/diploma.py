"""Diplomas: typeset, signed, kept; a message sent again carries the same file."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jobs.regions import region_name
from worker.deliver.keys import Signer
from worker.deliver.qr import DiplomaClaims, qr_svg, qr_text, signed_claims
from worker.deliver.sign import pdf_sign
from worker.deliver.typeset import typeset
from worker.deliver.words import Words
from worker.failpoint import failpoint
from worker.files import inside, write_durably
from worker.site import Site

Content = Mapping[str, Any]  # of a message with a diploma

CREDENTIAL = "diploma.jws"


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
        claims = DiplomaClaims(
            number=data["number"],
            person=" ".join(filter(None, (data["surname"], data["name"], data["patronymic"]))),
            contest=f"{content['contest']['id']} {content['contest']['edition']}",
            award=data["achievement"],
            issued=data["date"],
        )
        pdf = typeset(
            self.site.templates / "diploma" / "diploma.typ",
            data,
            images={"qr": qr_svg(qr_text(f"https://{domain}/d", claims, self.signer))},
            attachments={CREDENTIAL: signed_claims(claims, self.signer)},
        )
        return pdf_sign(pdf, self.signer, at=at, reason="diploma", location=content["organisation"])

    def _data(self, content: Content, language: str) -> dict[str, str]:
        person = content["person"]
        return {
            "language": language,
            "date": content["diploma"]["date"],
            "organisation": content["organisation"],
            "contest": content["contest"]["title"][language],
            "surname": person["surname"],
            "name": person["name"],
            "patronymic": person["patronymic"] or "",
            "school": content["school"] or "",
            "region": region_name(content["region"], "ru" if language == "ru" else "kk"),
            "achievement": self._achievement(content, language),
            "number": content["diploma"]["number"],
            "clause": self._clause(content["diploma"]["clause"], language),
        }

    def _achievement(self, content: Content, language: str) -> str:
        """What the diploma is given for: a place in a ranking unless the message says otherwise."""
        given = content["diploma"].get("achievement") or {
            "code": "diploma-achievement",
            "facts": content["result"] or {},
        }
        return self.words.reason(language, given["code"], given["facts"])

    def _clause(self, clause: str, language: str) -> str:
        named = self.words.section(language, clause)
        facts = {"named": named} if named else {"clause": clause}
        return self.words.reason(language, "diploma-clause", facts)
