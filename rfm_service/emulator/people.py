"""Who buys from the generated firm: every customer is a function of the seed and its number."""

from typing import NamedTuple

from rfm_service.emulator.classes import GENERATIONS
from rfm_service.emulator.hashing import below, mixed
from rfm_service.emulator.shop import Partner

OWN_COMPANIES = ("ООО «Тестовая Мода Опт»", "ООО «Тестовая Мода Розница»", "ИП Тестовый Владелец")
"""Names of the generated firm's own companies, which also occur among its buyers."""

HOSTILE_NAMES = (
    "=cmd|' /C calc'!A0",
    "</script><b>x",
    "Robert'); DROP TABLE sales;--",
    '"Кавычки" \\ и слэш\\',
    "@SUM(1+1)*cmd",
    "ООО «Перенос\nстроки»\tи табуляция",
    "ИП Ёлкин &amp; сыновья 😀",
    "Ателье \u202eанизнанку",
)
"""Names that break careless reports; each belongs to one customer."""

_FIRST_WORDS = (
    "Мир", "Дом", "Стиль", "Империя", "Территория", "Планета", "Галерея", "Формула", "Студия",
    "Гардероб", "Лавка", "Точка", "Мастерская", "Салон", "Ателье", "Магия", "Линия", "Азбука",
    "Ярмарка", "Пассаж", "Эталон", "Вектор", "Академия", "Аллея", "Вернисаж", "Гармония", "Каскад",
    "Мозаика", "Палитра", "Ритмика",
)  # fmt: skip
_SECOND_WORDS = (
    "одежды", "моды", "трикотажа", "ткани", "стиля", "вкуса", "гардероба", "вещей", "плюс", "текстиля",
    "образа", "костюма", "платья", "пальто", "кроя", "сезона", "силуэта", "города", "уюта", "шитья",
    "Севера", "Юга", "Поволжья", "Урала", "Сибири", "Востока", "Центра", "столицы", "семьи", "детства",
)  # fmt: skip
_CITIES = (
    "Москва", "Казань", "Пермь", "Уфа", "Самара", "Омск", "Томск", "Тверь", "Тула", "Орёл", "Курск",
    "Липецк", "Рязань", "Калуга", "Брянск", "Смоленск", "Псков", "Вологда", "Киров", "Саранск", "Пенза",
    "Саратов", "Чита", "Иркутск", "Барнаул", "Кемерово", "Тюмень", "Курган", "Челябинск", "Оренбург",
    "Ижевск", "Чебоксары",
)  # fmt: skip
_SURNAMES = (
    "Соколов", "Лебедев", "Орлов", "Воробьёв", "Зайцев", "Волков", "Медведев", "Сомов", "Ершов",
    "Журавлёв", "Берёзов", "Дубов", "Кленов", "Рябинин", "Калинин", "Ольхов", "Морозов", "Снегов",
    "Дождев", "Ветров", "Громов", "Зимин", "Веснин", "Летов", "Озеров", "Речкин", "Полянин", "Лугов",
    "Горкин", "Камнев",
)  # fmt: skip
_INITIALS = "АБВГДЕЖЗИКЛМНОПРСТУФЭЮЯ"
_GIVEN = ("Анна", "Вера", "Дарья", "Елена", "Инна", "Мария", "Ольга", "Софья", "Алёна", "Юлия")
_STREETS = ("Садовая", "Ткацкая", "Швейная", "Луговая", "Заводская", "Полевая", "Портовая", "Новая", "Речная")
_SALES_MANAGERS = ("Отдел 1", "Отдел 2", "Отдел 3", "Регионы", "Интернет", "")
_LATIN = str.maketrans("аеорсух", "aeopcyx")
_TAX_CODES = ("1", "0", "-", "")
_LONG_FORM = "Общество с ограниченной ответственностью торгово-производственная компания"

# Number -> mixed radix digits is one to one while the multiplier shares no factor with the space of names.
_SCATTER = 1_000_003


class Customer(NamedTuple):
    """What the lines of a customer carry, and its row of the partner catalogue."""

    contractor: str
    site_id: int | None
    address: str
    partner: Partner


def customer(seed: int, number: int, *, large: bool, hostile: int = -1) -> Customer:
    """Return the customer of that number; `hostile` >= 0 names it by HOSTILE_NAMES."""
    key = mixed(seed, 40, number)
    named = _firm if large or below(key, 0, 100) < 30 else _person
    buyer, contractor, city = named(key, number)
    if hostile >= 0:
        buyer = HOSTILE_NAMES[hostile]
    elif number >= GENERATIONS and below(key, 30, 50) == 0:
        buyer = look_alike(_neighbour(seed, key, number, large=large))
    elif below(key, 1, 150) == 0:
        contractor = f"{_LONG_FORM} {contractor.removeprefix('ООО ')}, обособленное подразделение №{number}"
        buyer = contractor
    street = _STREETS[below(key, 3, len(_STREETS))]
    address = f"г. {city}, ул. {street}, д. {1 + below(key, 4, 120)}"
    site_id = 10_000 + number if below(key, 5, 100) < 60 else None
    return Customer(contractor, site_id, address, _partner(key, buyer, number, large=large))


def look_alike(name: str) -> str:
    """Return a name that a person takes for the same: е for ё, else Latin letters for Cyrillic ones."""
    return name.replace("ё", "е") if "ё" in name else name.translate(_LATIN)


def _neighbour(seed: int, key: int, number: int, *, large: bool) -> str:
    """Return the name of another customer, every second time one with ё if there is one near."""
    near = range(number - GENERATIONS, max(-1, number - GENERATIONS * (12 * below(key, 31, 2) + 2)), -GENERATIONS)
    names = [_plain_name(seed, each, large=large) for each in near]
    return next((name for name in names if "ё" in name), names[0])


def _plain_name(seed: int, number: int, *, large: bool) -> str:
    key = mixed(seed, 40, number)
    named = _firm if large or below(key, 0, 100) < 30 else _person
    return named(key, number)[0]


def own_company(number: int) -> Customer:
    """Return one of OWN_COMPANIES as a customer."""
    name = OWN_COMPANIES[number % len(OWN_COMPANIES)]
    return Customer(name, None, "", Partner(name, category="Свои"))


def _partner(key: int, buyer: str, number: int, *, large: bool) -> Partner:
    email = f"client{number}@example.com" if below(key, 10, 100) < 80 else ""
    phone = f"+7900{below(key, 11, 10_000_000):07d}" if below(key, 12, 100) < 70 else ""
    digits = 10 if large else 12
    tax_id = "1" if below(key, 13, 100) < 2 else f"{below(key, 14, 10**9):0{digits}d}"
    category = "Крупный опт" if large else ("Опт", "Розница", "")[below(key, 15, 3)]
    manager = _SALES_MANAGERS[below(key, 16, len(_SALES_MANAGERS))]
    junk = below(key, 17, 100) < 3
    tax_code = _TAX_CODES[below(key, 18, 4)] if junk else f"{77_000_0000 + below(key, 19, 10**6):09d}" if large else ""
    return Partner(buyer, email, category, manager, phone, tax_id, tax_code, below(key, 24, 100) < 3)


def _firm(key: int, number: int) -> tuple[str, str, str]:
    words = (_FIRST_WORDS, _SECOND_WORDS, _CITIES)
    (first, second, city), again = _picked(number, words)
    name = f"{first} {second}{again}"
    return f"{name} ({city})", f"{'АО' if below(key, 20, 20) == 0 else 'ООО'} «{name}»", city


def _person(key: int, number: int) -> tuple[str, str, str]:
    words = (_SURNAMES, _INITIALS, _INITIALS, _CITIES)
    (surname, first, second, city), again = _picked(number, words)
    sole = f"ИП {surname}{'а' if below(key, 21, 2) else ''} {first}. {second}.{again}"
    if below(key, 22, 100) < 25:
        return (
            f"{surname}а {_GIVEN[below(key, 23, len(_GIVEN))]} {first}. {second}. ({city}){again}",
            sole,
            city,
        )
    return f"{sole} ({city})", sole, city


def _picked(number: int, words: tuple[tuple[str, ...] | str, ...]) -> tuple[list[str], str]:
    space = 1
    for choices in words:
        space *= len(choices)
    rest, picked = number % space * _SCATTER % space, []
    for choices in words:
        rest, at = divmod(rest, len(choices))
        picked.append(choices[at])
    return picked, f" {number // space + 1}" if number >= space else ""
