"""The XSDs of the feeds' XML form."""

from collections.abc import Mapping

from jobs.feeds import contract
from jobs.feeds.contract import Feed
from worker.deliver.exports import NAMESPACE
from worker.reference.feeds import needed

MOST_ITEMS = 200  # of q1, q2 … in an XSD; the reader takes up to q999 within its limit of columns

_INSTANT = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?(Z|[+\-][0-9]{2}:[0-9]{2})?"
)

_TYPES: Mapping[str, tuple[str, str]] = {  # kind to the base type and the pattern of its values
    contract.TEXT: ("xs:string", r"[\s\S]*\S[\s\S]*"),
    contract.CODE: ("xs:token", r".+"),
    contract.ANSWER: ("xs:token", r"."),
    contract.PERSON: ("xs:token", r".+"),
    contract.WHOLE: ("xs:integer", r"[0-9]+"),
    contract.DATE: ("xs:date", r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    contract.INSTANT: ("xs:dateTime", _INSTANT),
    contract.FLAG: ("xs:boolean", ""),
    contract.PHONE: ("xs:token", r"\+(7[0-9]{10}|[1-689][0-9]{7,14})"),
    contract.EMAIL: ("xs:token", r"[^@\s]+@[^@\s]+"),
    contract.REGION: ("xs:token", r".+"),
}


def feed_xsd(feed: Feed) -> str:
    """The XSD of a feed's XML form: stricter than the reader, which takes any root and namespace and repairs.

    What it finds valid, the reader takes row by row (the rules of a contest come later).
    """
    columns = "\n".join(_column(feed, name) for name in feed.headers())
    numbers = range(1, MOST_ITEMS + 1)
    items = [_item(number) for number in numbers] if feed.repeated else []
    items += [_time(number) for number in numbers] if feed.timed else []
    elements = "".join(f"\n            {each}" for each in items)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified"
           targetNamespace="{NAMESPACE.format(name=feed.name)}">
  <xs:element name="{feed.name}">
    <xs:complexType>
      <xs:sequence>
        <xs:element name="row" maxOccurs="unbounded">
          <xs:complexType><xs:all>
{columns}{elements}
          </xs:all></xs:complexType>
        </xs:element>
      </xs:sequence>
      <xs:anyAttribute processContents="skip"/>
    </xs:complexType>
  </xs:element>
</xs:schema>
"""


def _item(number: int) -> str:
    least = "" if number == 1 else ' minOccurs="0"'
    length = '<xs:restriction base="xs:string"><xs:maxLength value="1"/></xs:restriction>'
    return f'<xs:element name="q{number}"{least}><xs:simpleType>{length}</xs:simpleType></xs:element>'


def _time(number: int) -> str:
    seconds = (
        r'<xs:restriction base="xs:token"><xs:pattern value="([0-9]{1,9}(\.[0-9]{1,9})?)?"/></xs:restriction>'
    )
    return f'<xs:element name="t{number}" minOccurs="0"><xs:simpleType>{seconds}</xs:simpleType></xs:element>'


def _column(feed: Feed, name: str) -> str:
    least = "" if name in needed(feed) else ' minOccurs="0"'
    base, facets = _facets(feed, name)
    return f"""\
            <xs:element name="{name}"{least}>
              <xs:annotation><xs:documentation>{feed.description(name)}</xs:documentation></xs:annotation>
              <xs:simpleType><xs:restriction base="{base}">
                {"".join(facets)}
              </xs:restriction></xs:simpleType>
            </xs:element>"""


def _facets(feed: Feed, name: str) -> tuple[str, list[str]]:
    if choices := feed.choices(name):
        return "xs:token", [f'<xs:enumeration value="{choice}"/>' for choice in choices]
    base, pattern = _TYPES[feed.kind(name)]
    spec = feed.columns[name]
    pattern = (getattr(spec, "regex", None) or pattern).removeprefix("^").removesuffix("$")
    facets = [f'<xs:pattern value="{pattern}"/>'] if pattern else []
    bounds = {
        "minInclusive": "min",
        "maxInclusive": "max",
        "minLength": "min_length",
        "maxLength": "max_length",
    }
    found = ((facet, getattr(spec, attribute, None)) for facet, attribute in bounds.items())
    return base, facets + [f'<xs:{facet} value="{value}"/>' for facet, value in found if value is not None]
