"""The `Texts` port: gettext catalogues read as they are, numbers, money and dates by Babel."""

from __future__ import annotations

import gettext
import re
from datetime import date
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from io import BytesIO

from babel import Locale
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import (
    format_compact_currency,
    format_currency,
    format_decimal,
    format_percent,
    get_currency_symbol,
)

from rfm_service.domain.values import money

LANGUAGES = ("ru", "en", "zh", "tr")
"""The languages that a report can be written in."""

HOME = {"RUB": "ru", "TRY": "tr", "KZT": "kk", "UAH": "uk", "BYN": "be"}
"""Where a currency has a sign of its own that other languages spell as its code."""

HUNDRED_MILLION = 100_000_000
"""From here on the short Chinese unit is as much: one place behind it would hide tens of millions."""

SHORT_MONTHS = {"zh": "y年M月"}


@lru_cache(maxsize=len(LANGUAGES))
def translations(language: str) -> gettext.GNUTranslations:
    """The catalogue of a language; it answers with the English text where it has none."""
    source = files(__package__).joinpath("locales", f"{language}.po").read_bytes()
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(source), locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def with_digits(pattern: str, digits: int) -> str:
    """A CLDR number pattern with `digits` decimal places."""
    whole = "0." + "0" * digits if digits else "0"
    return pattern.replace("0.00", "0").replace("0.###", "0").replace("#0", "#" + whole)


@lru_cache(maxsize=4096)
def _whole(value: int, language: str) -> str:
    """A whole number: lists say the same few days and counts a hundred thousand times."""
    locale = Locale.parse(language)
    return str(format_decimal(value, format=with_digits(locale.decimal_formats[None].pattern, 0), locale=locale))


class Catalogue:
    """Texts in one of LANGUAGES, money in `currency` (ISO 4217). Raises FileNotFoundError for others."""

    def __init__(self, language: str, currency: str) -> None:
        self.language = language
        self.currency = currency
        self._locale = Locale.parse(language)
        self._translations = translations(language)

    def __call__(self, text: str, **values: object) -> str:
        """The text of the catalogue with its `{places}` filled; English where it is not translated."""
        # gettext keeps its own header under the empty text
        return self._translations.gettext(text).format(**values) if text else ""

    def plural(self, one: str, many: str, count: int, **values: object) -> str:
        """The plural form for `count`; `{count}` is filled with the formatted number."""
        form = self._translations.ngettext(one, many, count)
        return form.format(count=self.number(count), **values)

    def number(self, value: int | float | Decimal, digits: int = 0) -> str:
        """A number with the language's separators."""
        if type(value) is int and not digits:
            return _whole(value, self.language)
        pattern = with_digits(self._locale.decimal_formats[None].pattern, digits)
        return format_decimal(value, format=pattern, locale=self._locale)

    def percent(self, share: float, digits: int = 0) -> str:
        """A share 0..1 as a percentage."""
        pattern = with_digits(self._locale.percent_formats[None].pattern, digits)
        return format_percent(share, format=pattern, locale=self._locale)

    def amount(self, value: int, digits: int = 0) -> str:
        """An amount in 1/10 000 as money of the configured currency."""
        pattern = with_digits(self._locale.currency_formats["standard"].pattern, digits)
        return self._signed(format_currency(money(value), self.currency, format=pattern, locale=self._locale,
                                            currency_digits=False))

    def compact(self, value: int) -> str:
        """An amount in 1/10 000 as short money: 12.3 M."""
        # whole units: what is too small to be shortened would show its kopecks
        units = round(money(value))
        places = 2 if self.language == "zh" and abs(units) >= HUNDRED_MILLION else 1
        written = self._signed(format_compact_currency(units, self.currency, locale=self._locale,
                                                       fraction_digits=places))
        return _turkish(written, currency_symbol(self.language, self.currency)) if self.language == "tr" else written

    def _signed(self, written: str) -> str:
        """The currency's own sign in place of the code that CLDR has for it in other languages: RUB1 -> ₽1."""
        return written.replace(self.currency, currency_symbol(self.language, self.currency))

    def day(self, day: date) -> str:
        """A date, written out for people."""
        return format_date(day, "long", locale=self._locale)

    def month(self, year: int, month: int) -> str:
        """A short month with its year: Nov 2026."""
        pattern = SHORT_MONTHS.get(self.language, "LLL y")
        return format_date(date(year, month, 1), pattern, locale=self._locale)


def _turkish(written: str, sign: str) -> str:
    """Short money with its sign in front, as long money has it, and a thousand that is not read as a letter."""
    number = re.sub(r"\bB\b", "bin", written.removesuffix(sign).rstrip())
    return f"-{sign}{number[1:]}" if number.startswith("-") else f"{sign}{number}"


def currency_symbol(language: str, currency: str) -> str:
    """The sign of a currency as the language writes it: ₽."""
    return get_currency_symbol(currency, locale=HOME.get(currency, language))
