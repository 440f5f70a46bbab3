"""What the generated firm sells: kinds of clothes, models, colours, sizes, prices in kopecks."""

from typing import NamedTuple

from rfm_service.emulator.hashing import below, mixed

MODELS_OF_A_KIND = 15

_COLOURS = (
    "чёрный", "белый", "синий", "тёмно-синий", "бежевый", "серый", "бордовый", "изумрудный", "молочный",
    "хаки", "розовый", "графит",
)  # fmt: skip
_CLOTHES = ("42", "44", "46", "48", "50", "52", "54", "56")
_SHOES = ("36", "37", "38", "39", "40", "41", "42", "43")
_WITHOUT_SIZE = ("",)
SIZES = (_CLOTHES, _SHOES, _WITHOUT_SIZE)

_MODEL_NAMES = (
    "Алина", "Ветер", "Классика", "Сити", "Лагуна", "Рассвет", "Норд", "Магнолия", "Лён", "Прайм", "Осень",
    "Бриз", "Эстель", "Ритм", "Верона",
)  # fmt: skip


class Kind(NamedTuple):
    """A kind of goods: middle price in kopecks, the list of SIZES it comes in, thousandths sold at once."""

    category: str
    noun: str
    price: int
    sizes: int = 0
    portion: int = 1_000


KINDS = (
    Kind("Платья", "Платье", 189_000),
    Kind("Верхняя одежда", "Пальто", 549_000),
    Kind("Верхняя одежда", "Куртка утеплённая", 429_000),
    Kind("Трикотаж", "Джемпер", 135_000),
    Kind("Трикотаж", "Кардиган", 168_000),
    Kind("Блузки", "Блузка", 112_000),
    Kind("Брюки", "Брюки", 129_000),
    Kind("Брюки", "Джинсы", 149_000),
    Kind("Юбки", "Юбка", 98_000),
    Kind("Костюмы", "Костюм-двойка", 299_000),
    Kind("Футболки", "Футболка", 49_000),
    Kind("Футболки", "Лонгслив", 69_000),
    Kind("Обувь", "Ботинки", 319_000, 1),
    Kind("Обувь", "Кроссовки", 259_000, 1),
    Kind("Аксессуары", "Шарф", 45_000, 2),
    Kind("Ткани", "Ткань костюмная, м", 62_000, 2, 500),
)


class Product(NamedTuple):
    """One model: price and cost in kopecks for 1 000 thousandths, thousandths sold at once."""

    name: str
    category: str
    price: int
    cost: int
    sizes: int
    portion: int


def products(seed: int) -> list[Product]:
    """Return the catalogue of the seed, the goods that sell best first."""
    models = [_product(seed, at) for at in range(len(KINDS) * MODELS_OF_A_KIND)]
    return sorted(models, key=lambda product: mixed(seed, 31, sum(map(ord, product.name))))


def features() -> list[list[str]]:
    """Return, for each list of SIZES, the texts 'colour, size' by colour * number of sizes + size."""
    return [[f"{colour}, {size}".rstrip(", ") for colour in _COLOURS for size in sizes] for sizes in SIZES]


def _product(seed: int, at: int) -> Product:
    kind, model = KINDS[at // MODELS_OF_A_KIND], at % MODELS_OF_A_KIND
    key = mixed(seed, 30, at)
    price = kind.price * (60 + below(key, 0, 90)) // 100 // 500 * 500
    cost = price * (45 + below(key, 1, 25)) // 100
    name = f"{kind.noun} «{_MODEL_NAMES[model]}» арт. {1000 + at * 7}"
    return Product(name, kind.category, price, cost, kind.sizes, kind.portion)
