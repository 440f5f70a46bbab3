"""What the page holds: the figures of the night, every word in every language, and nothing that runs by itself."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import re
from functools import cache
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag

from rfm_service import wiring
from rfm_service.dashboard import page as pages
from rfm_service.dashboard import payload as contents
from rfm_service.dashboard.sealing import unsealed
from rfm_service.dashboard.words import asked
from rfm_service.domain.findings import Findings
from rfm_service.domain.values import day_number
from rfm_service.renderers.dashboard import Renderer
from rfm_service.settings import Settings
from rfm_service.texts.catalogue import LANGUAGES, Catalogue
from tests.dashboard.reading import embedded, opened, words_of
from tests.renderers.findings import make_findings

PASSWORD = "синий трактор 42"


@cache
def findings() -> Findings:
    return make_findings(300, hostile=True)


@cache
def page(password: str = "", *, contacts: bool = True) -> bytes:
    made = Renderer(dashboard_password=password, dashboard_contacts=contacts)
    return made.render(findings(), Catalogue("ru", "RUB"))["dashboard.html"]


def test_the_figures_are_those_of_the_night() -> None:
    facts, sections = opened(page())
    customers, snapshot = sections["customers"], findings().snapshot
    assert facts["as_of"] == day_number(findings().basis.as_of)
    assert (facts["customers"], facts["money"]) == (300, snapshot["monetary"].sum())
    by_id = snapshot.set_index("customer_id").loc[customers["customer_id"]]
    for name in ("monetary", "frequency", "recency_days", "r", "f", "m", "segment", "tier", "last_purchase", "due",
                 "revenue_ever", "cohort", "previous_segment", "manager"):
        assert customers[name] == by_id[name].tolist(), name
    assert customers["monetary"] == sorted(customers["monetary"], reverse=True)
    assert [chance / 10_000 for chance in customers["p90"]] == pytest.approx(by_id["p90"].tolist(), abs=1e-4)


def test_the_orders_are_those_of_their_customers() -> None:
    _, sections = opened(page())
    orders, ids = sections["orders"], sections["customers"]["customer_id"]
    names = findings().snapshot.set_index("customer_no")["customer_id"]
    papers = iter(sections["documents"]["document"])
    told = sorted((ids[row], day, amount, items, number, "\n".join(next(papers) for _ in range(count)))
                  for row, day, amount, items, number, count in zip(*(orders[name] for name in (
                      "row", "day", "amount", "items", "order", "documents")), strict=True))
    assert next(papers, None) is None
    given = findings().orders
    assert len(told) == len(given)
    assert sum(row[2] for row in told) == given["amount"].sum()
    plain = given[given["order"].str.fullmatch("ТД00-[0-9]+") & given["documents"].str.fullmatch("[РТ0-9\n-]+")]
    rows = sorted((names[number], *rest) for number, *rest in zip(*(plain[name].tolist() for name in (
        "customer_no", "day", "amount", "items", "order", "documents")), strict=True))
    assert set(rows) <= set(told)
    assert len(rows) > 100


def test_moves_are_told_in_every_language() -> None:
    _, sections = opened(page())
    moves, ids = sections["moves"], sections["customers"]["customer_id"]
    assert [ids[row] for row in moves["row"]] == moves["customer_id"] == findings().moves["customer_id"].tolist()
    assert sum(moves["monetary"]) == findings().moves["monetary"].sum()
    for language in LANGUAGES:
        assert all(moves[f"detail_{language}"]), language


def test_the_most_valuable_are_kept_where_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "MOST_CUSTOMERS", 50)
    facts, sections = opened(Renderer().render(findings(), Catalogue("ru", "RUB"))["dashboard.html"])
    ranked = findings().snapshot.sort_values("monetary", ascending=False, kind="stable")
    richest, due = ranked.head(50), ranked[ranked["state"] == "listed"]
    kept = len({*richest["customer_id"], *due["customer_id"]})
    assert 50 < len(due) < kept == len(sections["customers"]["customer_id"])
    assert set(sections["customers"]["customer_id"]) == {*richest["customer_id"], *due["customer_id"]}
    assert sections["customers"]["monetary"] == sorted(sections["customers"]["monetary"], reverse=True)
    assert facts["customers"] == 300
    assert max(sections["orders"]["row"]) < kept
    assert -1 in sections["moves"]["row"]


def test_an_edition_without_contacts_holds_no_address() -> None:
    bare = page(contacts=False)
    facts, sections = opened(bare)
    assert not facts["contacts"]
    assert not {"email", "phone"} & set(sections["customers"])
    assert "@example.org" not in str(sections)
    told = str((facts, sections))
    assert not any(phone in told for phone in findings().snapshot["phone"] if phone[-2:] not in ("", "00"))


def test_a_password_locks_all_findings() -> None:
    locked = page(PASSWORD)
    assert opened(locked, PASSWORD) == opened(page())
    assert embedded(locked, "findings")[:2] != b"\x1f\x8b"
    with pytest.raises(InvalidTag):
        unsealed(embedded(locked, "findings"), PASSWORD + " ")
    assert PASSWORD not in repr(Renderer(PASSWORD))
    names = [name for name in findings().snapshot["manager"].unique() if name]
    spoken = str(words_of(locked)) + re.sub(rb"(?s)id=\"(words|findings)\".*?</script>", b"", locked).decode()
    assert not any(name in spoken for name in names)


def test_the_page_allows_its_own_script_only() -> None:
    text = page().decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy
    assert "unsafe" not in policy[1]
    assert policy[1].startswith("default-src &#39;none&#39;;")
    for tag, written in (("script", re.findall(r"(?s)<script>(.*?)</script>", text)),
                         ("style", re.findall(r"(?s)<style>(.*?)</style>", text))):
        assert len(written) == 1
        assert base64.b64encode(hashlib.sha256(written[0].encode()).digest()).decode() in policy[1], tag
    assert not re.search(r'(?i)(src|href)="(?!#)|https?://(?!www\.w3\.org)', text.replace(" http", ""))


def test_every_text_is_asked_for_in_a_way_that_is_seen() -> None:
    script = pages.scripts()
    said, plurals = asked(script)
    calls = len(re.findall(r"(?<![\w.])(?:rfm\.)?t\((?!\.\.\.)", script)), len(re.findall(
        r"(?<![\w.])(?:rfm\.)?plural\((?!\.\.\.)", script))
    assert (len(said), len(plurals)) == calls


def test_words_are_there_in_every_language() -> None:
    words = words_of(page())
    assert words["language"] == "ru"
    assert set(words["words"]) == set(LANGUAGES)
    for language, spoken in words["words"].items():
        assert len(spoken["texts"]) == len(words["words"]["en"]["texts"]) > 60, language
        assert spoken["segment"][""]
    assert words["words"]["ru"]["plurals"]["{count} customer"] == [
        "{count} покупатель", "{count} покупателя", "{count} покупателей"]


def test_scripts_are_short_and_plain() -> None:
    for name in (*pages.BEFORE, *pages.TABS, *pages.AFTER):
        script = pages.asset(f"{name}.js")
        assert script.count("\n") <= 400, name
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|\beval\b|new Function|document\.write",
                             script), name
        assert "</script" not in script
        assert "<!--" not in script
    # the indents of lines are taken out
    assert all(line.count("`") % 2 == 0 for line in pages.scripts().splitlines())


def test_only_the_dashboard_is_told_its_password(tmp_path: Path) -> None:
    report = {"renderers": ["charts", "dashboard"], "dashboard_password": PASSWORD, "dashboard_contacts": False}
    settings = Settings(home=tmp_path, report=report)
    charts, dashboard = wiring.renderers(settings)
    assert dashboard == Renderer(PASSWORD, dashboard_contacts=False)
    assert PASSWORD not in str(vars(charts))
    assert PASSWORD in wiring.secrets(settings)


def test_nobody_has_a_page_too() -> None:
    facts, sections = opened(Renderer().render(make_findings(0), Catalogue("zh", "CNY"))["dashboard.html"])
    assert facts["customers"] == 0
    assert sections["customers"]["customer_id"] == []


def test_the_company_is_named() -> None:
    named = dataclasses.replace(findings(), company="ООО <Краски> & Ко")
    text = Renderer().render(named, Catalogue("tr", "TRY"))["dashboard.html"].decode()
    assert "ООО &lt;Краски&gt; &amp; Ко" in text
