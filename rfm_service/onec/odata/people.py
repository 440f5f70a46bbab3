"""Customers in 1C: the catalogue that has them, what of it changed, and the tax numbers of their contractors."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from rfm_service.onec.odata.names import MANY, by_refs, everything
from rfm_service.onec.odata.pages import Ask, Row, key_of
from rfm_service.onec.odata.profiles import CATALOGUE, CONTACTS, REFERENCE, CustomerIs
from rfm_service.onec.odata.query import Question, reference, unique

MUCH = 0.3
"""From this share of the catalogue it is read whole, and not by reference."""
VERSIONED = ("Ref_Key", "DataVersion")
FIELDS = ("name", "email", "phone", "category", "manager", "do_not_contact")
TAX = ("tax_id", "tax_code")
PARTNER_KEY = f"{REFERENCE['partner']}_Key"


@dataclass(frozen=True)
class People:
    """The catalogue of customers, with the paths of our fields filled in."""

    customer: CustomerIs
    paths: Mapping[str, str]
    allowed_only: bool = False

    @property
    def heads(self) -> Question:
        """References and versions."""
        return Question(CATALOGUE[self.customer], VERSIONED, allowed_only=self.allowed_only)

    @property
    def whole(self) -> Question:
        """Customers with all that is mapped."""
        fields = FIELDS + (TAX if self.customer == "contractor" else ())
        paths = [column for field in fields for column in _columns(self.paths.get(field, ""))]
        return Question(CATALOGUE[self.customer], unique((*VERSIONED, *paths)),
                        allowed_only=self.allowed_only)

    @property
    def taxes(self) -> Question | None:
        """The contractors of partners with their tax numbers; None where the customer has them or nothing is mapped."""
        columns = unique(self.paths.get(field, "") for field in TAX)
        if self.customer == "contractor" or not columns:
            return None
        return Question(CATALOGUE["contractor"], ("Ref_Key", PARTNER_KEY, *columns), allowed_only=self.allowed_only)

    def changed(self, ask: Ask, known: Mapping[str, str]) -> list[Row]:
        """The customers that are not as known (reference -> version). Raises SourceError."""
        refs = {ref for ref, version in self._versions(ask) if known.get(ref) != version}
        much = len(refs) > MUCH * len(known)
        rows = everything(ask, self.whole) if much else by_refs(ask, self.whole, refs)
        return [row for row in rows if reference(key_of(row, VERSIONED)[0]) in refs]

    def some(self, ask: Ask, refs: Collection[str]) -> list[Row]:
        """The customers of some references. Raises SourceError."""
        return list(by_refs(ask, self.whole, refs))

    def row(self, person: Row, tax: Mapping[str, str]) -> dict[str, object]:
        """A customer as a flat row: our field -> cell; `tax` is what its contractor says."""
        contacts = _contacts(person)
        row = {field: self._cell(person, contacts, field) for field in (*FIELDS, *TAX)}
        return {**row, **tax, "buyer": row["name"], "ref": reference(person["Ref_Key"]),
                "version": person["DataVersion"]}

    def tax_numbers(self, ask: Ask, refs: Collection[str]) -> dict[str, dict[str, str]]:
        """Partner -> what its contractor says, for some partners. Raises SourceError."""
        if self.taxes is None or not refs:
            return {}
        many = len(refs) > MANY
        return self.tax_of(everything(ask, self.taxes) if many else by_refs(ask, self.taxes, refs, PARTNER_KEY))

    def tax_of(self, rows: Iterable[Row]) -> dict[str, dict[str, str]]:
        """Partner -> the tax numbers of its contractor; of several with a number, the one of the lowest reference."""
        found: dict[str, dict[str, str]] = {}
        for (_, partner), row in sorted(((key_of(row, ("Ref_Key", PARTNER_KEY)), row) for row in rows), reverse=True,
                                        key=lambda each: each[0]):
            numbers = {field: str(row.get(self.paths.get(field, "")) or "") for field in TAX}
            if numbers["tax_id"]:
                found[reference(partner)] = numbers
        return found

    def _versions(self, ask: Ask) -> Iterator[tuple[str, str]]:
        for row in everything(ask, self.heads):
            ref, version = key_of(row, VERSIONED)
            yield reference(ref), version

    def _cell(self, person: Row, contacts: Mapping[str, object], field: str) -> object:
        path = self.paths.get(field, "")
        part, _, kind = path.partition("/")
        return contacts.get(kind, "") if part == CONTACTS else person.get(path) if path else ""


def _columns(path: str) -> list[str]:
    return [f"{CONTACTS}/Тип", f"{CONTACTS}/Представление"] if path.startswith(f"{CONTACTS}/") else [path]


def _contacts(person: Row) -> dict[str, object]:
    """Type -> what the first contact of that type shows."""
    found: dict[str, object] = {}
    for contact in person.get(CONTACTS) or ():
        found.setdefault(str(contact.get("Тип")), contact.get("Представление"))
    return found
