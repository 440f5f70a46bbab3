"""What marketers read is said in their words: none of a programmer's, and one word for one thing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from rfm_service.texts.catalogue import LANGUAGES, translations
from tests.texts.msgids import PACKAGE, Msgid, texts_of

ROOMS = ("renderers", "drawing", "dashboard", "sheets")
MODULES = ("texts/labels.py", "analysis/sentences.py", "analysis/value_sentences.py",
           "analysis/outreach/effect_sentences.py")
FOR_ADMINS = ("step_labels", "row_labels")
PLACE = re.compile(r"\{[^{}]*\}")
ANYWHERE = re.compile(
    r"`|\w_\w|\b(null|none|nan|json|sql|api|https?|utf|hash|sha|regex|timestamp|boolean|string|integer|array|"
    r"dataframe|schema|commit|cache|backend|runtime|exception|traceback|debug|config|default|query|token|thread|script|"
    r"parser?|payload|plugin|localstorage|snapshot|ingest|watermark|as of|auc|brier|stdout|stderr|path)\b",
    re.IGNORECASE)
WORDS = {
    "en": re.compile(r"\b(database|clients?|buyers' ids?|rows? of the table|renders?|frames?)\b", re.IGNORECASE),
    "ru": re.compile(r"снапшот|снимок|дамп|х[еэ]ш|\bлоги?\b|\bлогах\b|парс|кэш|дефолт|конфиг|фрейм|датасет|скрипт|"
                     r"токен|исключени[ея]|булев|массив|юзер|клиент|таймстамп|рендер|плагин|пайплайн|алгоритм|переменн|"
                     r"баз[аыуе] данных|\bоценк[аи] [RFM]\b|Бра[йе]ера", re.IGNORECASE),
    "zh": re.compile("数据库|缓存|哈希|脚本|接口|堆栈|布尔|数组|空值|令牌|线程|快照|字符串|配置文件"),
    "tr": re.compile(r"önbellek|betik|\bdizi\b|veritaban|istisna|anlık görüntü|\bdizge|yığın|belirteç", re.IGNORECASE),
}


def asked_for() -> Iterator[tuple[str, Msgid]]:
    """The module and the text of everything that a report asks the catalogue for."""
    modules = [path for room in ROOMS for path in sorted((PACKAGE / room).glob("*.py"))]
    for path in [*modules, *(PACKAGE / name for name in MODULES)]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        tree.body = [part for part in tree.body if getattr(part, "name", "") not in FOR_ADMINS]
        yield from ((path.name, msgid) for msgid, _ in texts_of(tree))


def told(msgid: Msgid, language: str) -> Iterator[str]:
    catalogue = translations(language)
    forms = {catalogue.ngettext(msgid.one, msgid.many, count) for count in (1, 2, 5, 100)} if msgid.many else {
        catalogue.gettext(msgid.one)}
    yield from (PLACE.sub("", form) for form in sorted(forms))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_programmers_word_is_in_a_marketers_text(language: str) -> None:
    found = {f"{module}: {text}" for module, msgid in asked_for() for text in told(msgid, language)
             if ANYWHERE.search(text) or WORDS[language].search(text)}
    assert not found, "\n".join(sorted(found))


def test_the_list_finds_what_it_is_for() -> None:
    for language, text in (("en", "customer_id is null"), ("en", "Rows of the database"), ("ru", "снапшот за ночь"),
                           ("ru", "Новых клиентов"), ("zh", "数据库中没有"), ("tr", "veritabanı kaydı")):
        assert ANYWHERE.search(text) or WORDS[language].search(text)
    assert len(list(asked_for())) > 150
