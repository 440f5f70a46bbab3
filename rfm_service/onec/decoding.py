"""The body of an answer as rows, in every disguise in which 1C and those who program it send JSON."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Any

from rfm_service.domain.errors import AnswerMalformed, SourceUnavailable
from rfm_service.onec.reply import CUT, Reply
from rfm_service.onec.streaming import Feed

Row = dict[str, Any]

CP1251 = re.compile(r"charset\s*=\s*\"?\s*(windows-1251|cp-?1251)", re.IGNORECASE)
NO_ROWS = "The answer of 1C holds no list of rows under `data`. Look at the HTTP service in 1C."
NO_JSON = ("1C answered with a web page or other text instead of JSON. Open source.url in a browser: it may be a login "
           "page, maintenance, or a wrong address.")


def parsed(reply: Reply) -> Any:
    """The JSON value of a body; numbers with a point stay text.

    Raises SourceUnavailable where it was cut, AnswerMalformed where it is no JSON.
    """
    feed = _begun(reply)
    if feed.peek() not in ("{", "["):
        raise AnswerMalformed(NO_JSON)
    found = feed.value()
    feed.end()
    return found


def rows(reply: Reply) -> Iterator[Row]:
    """The rows of an answer one by one, as it arrives. Raises SourceError, after the last row too.

    They come as an array or one after another, plain or as the text of a string, at the top or under `data`.
    """
    feed = _begun(reply)
    yield from _told(feed, ends=reply.measured)
    feed.end()


def _texts(reply: Reply) -> Iterator[str]:
    """The body as text, as it arrives: UTF-8 whatever the header says, else Windows-1251 where it says so."""
    decoder: codecs.IncrementalDecoder = codecs.getincrementaldecoder("utf-8-sig")()
    plain, problem = True, False
    for chunk in reply.chunks():
        try:
            text = decoder.decode(chunk)
        except UnicodeDecodeError:
            problem = not plain or not CP1251.search(reply.headers.get("Content-Type", ""))
            pending = decoder.getstate()[0]
            decoder = codecs.getincrementaldecoder("cp1251")("replace")
            text = decoder.decode(pending + chunk)
        if problem:
            raise AnswerMalformed("The answer of 1C is not UTF-8 text.")
        plain = plain and text.isascii()
        yield text
    if decoder.getstate()[0]:
        raise SourceUnavailable(CUT)


def _begun(reply: Reply) -> Feed:
    feed = Feed(_texts(reply))
    if not feed.peek() and reply.length is None:
        # Nobody said that the answer would be empty.
        raise SourceUnavailable(CUT)
    return feed


def _told(feed: Feed, *, ends: bool = True) -> Iterator[Row]:
    """The rows ahead; `ends`: where they stop is known, whatever they are."""
    match feed.peek():
        case "[":
            yield from _listed(feed)
        case "{":
            yield from _wrapped(feed, ends=ends)
        case '"':
            inner = Feed(feed.inside())
            yield from _told(inner)
            inner.end()
        case _:
            raise AnswerMalformed(NO_JSON)


def _listed(feed: Feed) -> Iterator[Row]:
    feed.skip("[")
    if feed.peek() == "]":
        feed.skip("]")
        return
    more = True
    while more:
        if ready := feed.ready():
            yield from ready if set(map(type, ready)) == {dict} else map(_checked, ready)
            feed.skip(",")
        yield _checked(feed.value())
        more = feed.skip(",]") == ","


def _wrapped(feed: Feed, *, ends: bool) -> Iterator[Row]:
    """What is under `data`; without it, the object is a row, and others may follow."""
    rest: Row = {}
    wraps = False
    for name in _members(feed):
        if name == "data":
            if wraps:
                raise AnswerMalformed(NO_ROWS)
            wraps = True
            yield from _content(feed)
        else:
            rest[name] = feed.value()
    if rest.get("error") if wraps else "error" in rest:
        raise AnswerMalformed("1C reports an error of its own instead of rows. Look at the event log of 1C.")
    if wraps:
        return
    first = rest if feed.peek() == "{" else _flat(rest)
    if not ends:
        raise AnswerMalformed("1C sends rows one after another and not how long its answer is, so that a cut one would "
                              "look whole. Let the HTTP service send a list, or Content-Length.")
    yield first
    while feed.peek() == "{":
        yield feed.value()


def _members(feed: Feed) -> Iterator[str]:
    """The names of the object ahead; the value of each is read before the next is asked for."""
    feed.skip("{")
    if feed.peek() == "}":
        feed.skip("}")
        return
    more = True
    while more:
        name = "".join(feed.inside())
        feed.skip(":")
        yield name
        more = feed.skip(",}") == ","


def _content(feed: Feed) -> Iterator[Row]:
    match feed.peek():
        case "[":
            yield from _listed(feed)
        case "{":
            yield _flat(feed.value())
        case '"':
            inner = Feed(feed.inside())
            if inner.peek() not in ("[", "{"):
                raise AnswerMalformed(NO_ROWS)
            yield from _told(inner)
            inner.end()
        case _:
            feed.value()
            raise AnswerMalformed(NO_ROWS)


def _checked(element: Any) -> Row:
    if not isinstance(element, dict):
        raise AnswerMalformed(NO_ROWS)
    return element


def _flat(row: Row) -> Row:
    """A lone object that can be a row: with cells, and no lists or tables in them."""
    if not row or any(isinstance(cell, list | dict) for cell in row.values()):
        raise AnswerMalformed(NO_ROWS)
    return row
