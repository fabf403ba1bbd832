"""Diplomas rendered and signed through our functions, beside a bare loop of typst and pyHanko, in one run.

    python bench/diplomas.py [COUNT]      # 1,000 unless given

Both sides set the same template with the same data and sign with the same P-256 key. Ours also signs the
claims, draws the QR code, checks every text and verifies each PDF after signing; the bare loop keeps its
compiler and its signer between the calls and takes the QR code ready made. The two take turns in batches,
so that a noisy machine disturbs both alike. Target: at least 0.80 of the bare rate, in CPU time.
"""

import json
import logging
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.resources import files
from io import BytesIO
from pathlib import Path

import typst
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers

from worker.deliver import keys, qr, sign
from worker.deliver.typeset import typeset

TEMPLATE = Path(__file__).parents[1] / "templates/diploma/diploma.typ"
AT = datetime(2026, 6, 10, 5, tzinfo=UTC)
BATCH = 50
TARGET = 0.80

Make = Callable[[int], bytes]


@dataclass
class Side:
    """One of the two loops and what it has cost so far, in seconds."""

    name: str
    make: Make
    cpu: float = 0.0
    wall: float = 0.0
    size: int = 0
    done: int = field(default=0)

    def run(self, numbers: range) -> None:
        cpu, wall = time.process_time(), time.perf_counter()
        self.size += sum(len(self.make(number)) for number in numbers)
        self.cpu += time.process_time() - cpu
        self.wall += time.perf_counter() - wall
        self.done += len(numbers)

    def line(self) -> str:
        kilobytes = self.size / self.done / 1000
        return (
            f"{self.name:<28} {self.done / self.cpu:7.1f} per CPU-second "
            f"{self.done / self.wall:7.1f} per second {kilobytes:7.1f} kB each"
        )


def winner(number: int) -> dict[str, str]:
    return {
        "language": "kk",
        "date": "2026-06-10",
        "organisation": "«Дарын» республикалық ғылыми-практикалық орталығы",
        "contest": "«Мың бала» ауыл мектептері оқушыларының ұлттық олимпиадасы",
        "surname": f"Әбілқайырова{'абвгдежзик'[number % 10]}",
        "name": "Гүлжанат",
        "patronymic": "Ерғалиқызы",
        "school": f"№{number} жалпы орта мектеп, Қызылжар ауылы",
        "region": "Ақтөбе облысы",
        "achievement": f"Жеңімпаз · II кезең, {40 + number % 20} балл",
        "number": f"MB-2026-{number:06}",
        "clause": "Ереженің 12-тармағы",
        "verify_at": "contest.example/d",
    }


def code_of(data: dict[str, str], signer: keys.Signer) -> str:
    name = f"{data['surname']} {data['name']} {data['patronymic']}"
    claims = qr.DiplomaClaims(data["number"], name, "myn-bala", data["achievement"], data["date"])
    return qr.qr_text("https://contest.example/d", claims, signer)


def ours(signer: keys.Signer) -> Make:
    def make(number: int) -> bytes:
        data = winner(number)
        text = code_of(data, signer)
        attached = {"diploma.jws": text.partition("#")[2]}
        pdf = typeset(TEMPLATE, data, images={"qr": qr.qr_svg(text)}, attachments=attached)
        return sign.pdf_sign(pdf, signer, at=AT, reason="Diploma", location="Astana")

    return make


def bare(folder: Path, signer: keys.Signer) -> Make:
    fonts = [str(files(package) / "files") for package in ("fontpkg_pt_serif", "fontpkg_pt_sans")]
    compiler = typst.Compiler(TEMPLATE, font_paths=typst.Fonts(font_paths=fonts), ignore_system_fonts=True)
    content, passphrase = (folder / "signing.p12").read_bytes(), (folder / "passphrase").read_bytes()
    pyhanko = signers.SimpleSigner.load_pkcs12_data(content, other_certs=[], passphrase=passphrase)
    text = code_of(winner(0), signer)
    images, attached = json.dumps({"qr": qr.qr_svg(text)}), json.dumps({"diploma.jws": text})
    meta = signers.PdfSignatureMetadata(
        field_name="Signature", reason="Diploma", location="Astana", subfilter=fields.SigSeedSubFilter.PADES
    )

    def make(number: int) -> bytes:
        inputs = {"data": json.dumps(winner(number)), "images": images, "attachments": attached}
        pdf = compiler.compile(format="pdf", sys_inputs=inputs, pdf_standards="a-4f", timestamp=AT)
        if not isinstance(pdf, bytes):
            raise SystemExit("typst gave no PDF")
        writer = IncrementalPdfFileWriter(BytesIO(pdf))
        signed: bytes = signers.sign_pdf(writer, meta, signer=pyhanko).getvalue()
        return signed

    return make


def main(count: int) -> int:
    logging.disable(logging.WARNING)  # pyHanko notes at each signature that the test key cannot be revoked
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "keys"
        start = datetime(2025, 1, 1, tzinfo=UTC)
        keys.make_test_authority(folder, organisation="Bench", not_before=start, years=10)
        signer = keys.load_signer(folder / "signing.p12", folder / "passphrase", AT)
        sides = (Side("baiqau", ours(signer)), Side("bare typst + pyHanko", bare(folder, signer)))
        for side in sides:
            side.make(0)  # imports, fonts and caches are not what is measured
        for first in range(0, count, BATCH):
            for side in sides:
                side.run(range(first, min(first + BATCH, count)))
    print("\n".join(side.line() for side in sides))
    ratio = sides[1].cpu / sides[0].cpu
    print(f"ratio of the rates {ratio:.2f} (target at least {TARGET:.2f})")
    return 0 if ratio >= TARGET else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
