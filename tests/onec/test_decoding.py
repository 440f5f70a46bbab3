"""The disguises in which rows of 1C come, each in pieces of several sizes."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from rfm_service.domain.errors import AnswerMalformed, AnswerTooHeavy, SourceError, SourceUnavailable
from rfm_service.onec import decoding
from tests.onec.replies import reply

BOM = b"\xef\xbb\xbf"
ROW = {"Партнер": "Ателье «Ёлка» \"x\" \\ 😀", "Сумма": "1 234,56", "ИдНаСайте": 7, "Пусто": None}
TEXT = json.dumps([ROW, ROW], ensure_ascii=False)
CP1251 = {"Content_Type": "application/json; charset=windows-1251"}
SIZES = (1, 3, 1 << 18)


def rows(content: bytes | str, **headers: Any) -> list[dict[str, Any]]:
    """The rows of a body, the same in pieces of any size."""
    body = content.encode() if isinstance(content, str) else content
    found = [list(decoding.rows(reply(body, most=most, **headers))) for most in SIZES]
    assert found[0] == found[1] == found[2]
    return found[0]


def wrong(content: bytes | str, **headers: Any) -> SourceError:
    """The error of a body that arrives at once."""
    body = content.encode() if isinstance(content, str) else content
    with pytest.raises(SourceError) as failure:
        list(decoding.rows(reply(body, **headers)))
    assert failure.value.__context__ is None
    assert "Ёлка" not in repr(failure.value.args)
    return failure.value


FORMS = {
    "a string under data": json.dumps({"data": TEXT}), "escaped": json.dumps({"data": json.dumps([ROW, ROW])}),
    "a list under data": f'{{"data":{TEXT}}}', "a list at the top": TEXT, "a string at the top": json.dumps(TEXT),
    "a string with an object": json.dumps(json.dumps({"data": TEXT})),
    "between other keys": f'{{"ok":true,"count":2,"error":"","data":{json.dumps(TEXT)},"took":1.5,"more":[{{}}]}}',
    "lines": "\n".join([json.dumps(ROW)] * 2), "lines of Windows": "\r\n".join([json.dumps(ROW)] * 2) + "\r\n",
    "lines in a string": json.dumps({"data": "\n".join([json.dumps(ROW)] * 2)}),
    "spaces": f' \r\n\t{{ "data" : {json.dumps(" [ " + TEXT[1:-1] + " ] ")} }} \n',
    "a comma with spaces": TEXT.replace("}, {", "}  ,\n {")}


@pytest.mark.parametrize("name", FORMS)
def test_every_form_gives_the_same_rows(name: str) -> None:
    assert rows(FORMS[name]) == [ROW, ROW]
    assert rows(gzip.compress(FORMS[name].encode()), Content_Encoding="gzip") == [ROW, ROW]


def test_a_single_row() -> None:
    assert rows(json.dumps(ROW)) == rows(json.dumps({"data": ROW})) == rows(json.dumps([ROW])) == [ROW]
    assert rows(json.dumps({"data": json.dumps(ROW)})) == [ROW]


@pytest.mark.parametrize("content", ['{"data":"[]"}', '{"data":[]}', "[]", ' {"data" : " [ ] "} '])
def test_no_sales_are_an_empty_list(content: str) -> None:
    assert rows(content) == []


@pytest.mark.parametrize("name", FORMS)
def test_row_12_a_byte_order_mark_anywhere_sensible(name: str) -> None:
    body = FORMS[name].encode()
    assert rows(BOM + body) == rows(BOM + BOM + b" " + BOM + body + BOM + b"\n") == [ROW, ROW]


def test_row_12_a_byte_order_mark_within_the_string_and_before_lines() -> None:
    for text in ("\ufeff" + TEXT, f" \ufeff{TEXT}\ufeff"):
        assert rows(json.dumps({"data": text})) == [ROW, ROW]
    assert rows("\ufeff" + "\n\ufeff".join([json.dumps(ROW)] * 2)) == [ROW, ROW]


@pytest.mark.parametrize("header", ["text/plain; charset=windows-1251", "application/json;charset=cp1251", "text/html"])
def test_row_12_bytes_go_before_the_header(header: str) -> None:
    assert rows(FORMS["a string under data"], Content_Type=header) == [ROW, ROW]


def test_row_12_real_windows_1251() -> None:
    row = {"Партнер": "Ателье «Ёлка» №1", "Сумма": 5}
    body = json.dumps({"data": json.dumps([row], ensure_ascii=False)}, ensure_ascii=False).encode("cp1251")
    assert rows(body, **CP1251) == rows(b" " * 9_000 + body, **CP1251) == [row]
    assert isinstance(wrong(body), AnswerMalformed)
    # What begins as UTF-8 cannot go on as Windows-1251.
    assert isinstance(wrong("[ \"Ёлка\"".encode() + body, **CP1251), AnswerMalformed)


def test_row_13_raw_control_characters_are_taken() -> None:
    raw = '{"data":"[{\\"a\\":\\"x\x02\x1f\ty\n\\"}]"}'
    assert rows(raw) == [{"a": "x\x02\x1f\ty\n"}]
    assert rows('[{"a":"x\x00"}]') == [{"a": "x\x00"}]


@pytest.mark.parametrize("text", ['{"a":1}', '{"a":1}\n{"a":2}'])
def test_row_11_rows_one_after_another_without_a_length_could_be_cut(text: str) -> None:
    with pytest.raises(AnswerMalformed, match="Content-Length"):
        list(decoding.rows(reply(text.encode(), Connection="close")))
    assert len(list(decoding.rows(reply(text.encode(), Transfer_Encoding="chunked")))) == text.count("a")


def test_rows_told_twice_are_not_counted_twice() -> None:
    with pytest.raises(AnswerMalformed):
        rows('{"data":[{"a":1}],"data":[{"a":1}]}')


def test_numbers_pass_through_no_float() -> None:
    text = '[{"a":0.1,"b":90071992547.4091,"c":1e400,"d":NaN,"e":-Infinity,"f":12,"g":%s,"h":-0}]' % ("9" * 5000)
    [row] = rows(json.dumps({"data": text}))
    assert row == {"a": "0.1", "b": "90071992547.4091", "c": "1e400", "d": "NaN", "e": "-Infinity", "f": 12,
                   "g": "9" * 5000, "h": 0}
    assert rows(text) == [row]


def test_lone_surrogates_stay_for_the_cells_to_judge() -> None:
    assert rows(json.dumps([{"a": "\ud800x", "b": "😀"}])) == [{"a": "\ud800x", "b": "😀"}]


MALFORMED = {
    "a page": ("<html>Ёлка</html>", "web page"), "words": ("Ёлка", "web page"), "a number": ("5", "web page"),
    "a string of words": ('"Ёлка"', "web page"), "null": ('{"data":null}', "no list of rows"),
    "an empty string": ('{"data":""}', "no list of rows"), "words under data": ('{"data":"Ёлка"}', "no list of rows"),
    "a number under data": ('{"data":5}', "no list of rows"), "an empty object": ("{}", "no list of rows"),
    "an object without rows": ('{"rows":[]}', "no list of rows"),
    "a table": ('{"data":{"rows":[]}}', "no list of rows"), "a mix": ("[{},1]", "no list of rows"),
    "lists": ("[[1]]", "no list of rows"), "numbers": ("[1]", "no list of rows"),
    "a mix at the front": ("[1,{},{}]", "no list of rows"),
    "an error": ('{"error":"Ёлка"}', "an error of its own"),
    "an error beside no rows": ('{"data":"[]","error":"Ёлка"}', "an error of its own"),
    "something after": ("[{}] [{}]", "breaks the rules"), "after data": ('{"data":"[] x"}', "breaks the rules"),
    "a hole": ('[{"a":1},,{"a":2},{"a":3}]', "breaks the rules"),
    "a word": ('[{"a":Ёлка},{"a":2}]', "breaks the rules"),
    "no comma": ('[{"a":1}{"a":2},{"a":2}]', "breaks the rules"),
    "an escape": ('{"data":"[{\\"a\\":\\"\\x\\"},{\\"a\\":234567}]"}', "breaks the rules"),
    "deep": ('[{"a":' + "[" * 200_000, "nested"), "deep in a string": ('{"data":"[{\\"a\\":' + "[" * 200_000, "nested"),
    "deep beside": ('{"a":' + "[" * 200_000, "nested")}


@pytest.mark.parametrize("name", MALFORMED)
def test_row_10_what_is_no_list_of_rows_is_never_no_sales(name: str) -> None:
    content, sentence = MALFORMED[name]
    error = wrong(content)
    assert type(error) is AnswerMalformed
    assert sentence in str(error)


def test_row_10_an_empty_body_is_no_answer() -> None:
    assert type(wrong("", Content_Length="0")) is AnswerMalformed
    assert type(wrong(" \n ")) is SourceUnavailable


@pytest.mark.parametrize("name", FORMS)
def test_row_11_an_answer_cut_at_any_byte_is_cut(name: str) -> None:
    body = FORMS[name].encode()
    lines = name.startswith("lines")
    for at in range(1, len(body.rstrip())):
        try:
            found = list(decoding.rows(reply(body[:at])))
        except SourceUnavailable as error:
            assert "cut short" in str(error)  # noqa: PT017
        else:
            # Lines have no end of their own: a cut between them shows by the length on the wire alone.
            assert lines
            assert found == [ROW]


def test_row_11_a_length_on_the_wire_that_is_not_reached() -> None:
    body = FORMS["lines"].encode()
    error = wrong(body[:body.index(b"\n")], Content_Length=str(len(body)))
    assert type(error) is SourceUnavailable


def test_row_11_a_gzip_that_is_cut() -> None:
    packed = gzip.compress(FORMS["a list at the top"].encode() * 50)
    assert type(wrong(packed[:-30], Content_Encoding="gzip")) in (SourceUnavailable, AnswerMalformed)


def test_row_15_more_bytes_than_the_cap() -> None:
    content = b"[" + b" " * 300_000 + b"]"
    for packed, headers in ((content, {}), (gzip.compress(content), {"Content_Encoding": "gzip"}),
                            (content, {"Content_Length": str(len(content))})):
        assert type(wrong(packed, largest_mb=0.2, **headers)) is AnswerTooHeavy
        assert list(decoding.rows(reply(packed, largest_mb=0.31, **headers))) == []


def test_a_whole_value() -> None:
    value = {"value": [ROW], "odata.count": "1"}
    assert decoding.parsed(reply(BOM + json.dumps(value).encode(), most=3)) == value
    for content, kind in ((b"<html>", AnswerMalformed), (b'{"value":[', SourceUnavailable),
                          (b'{"value":[]} x', AnswerMalformed), (b"", SourceUnavailable)):
        with pytest.raises(kind):
            decoding.parsed(reply(content))
