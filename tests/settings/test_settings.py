"""settings.toml and the environment: what is read, and every fault at once, in words, without secrets."""

from __future__ import annotations

import tempfile
from datetime import date, datetime, time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rfm_service import wiring
from rfm_service.domain.errors import SettingsError
from rfm_service.domain.values import FixedCuts
from tests.settings.files import SOURCE, faults, load


def test_the_template_is_good_and_says_the_defaults(tmp_path: Path) -> None:
    template = load(tmp_path, Path(wiring.__file__).with_name("template.toml").read_bytes())
    bare = load(tmp_path, SOURCE)
    for table in ("ledger", "rfm", "tiers", "engine", "report", "schedule", "telegram", "logs"):
        assert getattr(template, table) == getattr(bare, table), table
    assert wiring.source(template) == wiring.source(bare).model_copy(update={"url": template.source.own["url"]})
    assert [each.place for each in wiring.publishers(template)] == [str(tmp_path / "reports")] == [
        each.place for each in wiring.publishers(bare)]


def test_all_faults_at_once(tmp_path: Path) -> None:
    found = faults(tmp_path, """
langauge = "ru"
timezone = "Moscow"
currency = "рубль"
[source]
timout_s = 5
overlap_days = -1
deadline_minutes = "soon"
[source.fields]
dat = "Дата"
[rfm]
window_days = 0
returns = "maybe"
gift_below = -3
[schedule]
at = "2 o'clock"
[report]
renderers = ["workbok"]
[[publish]]
kind = "foldr"
[[publish]]
path = "x"
prts = []
[telegram]
tokn = 5
""")
    assert {key: fault.nearest for key, fault in found.items()} == {
        "langauge": "language", "timezone": None, "currency": None, "source.timout_s": "source.timeout_s",
        "source.overlap_days": None, "source.deadline_minutes": None, "source.fields.dat": "source.fields.date",
        "source.url": None, "rfm.window_days": None, "rfm.returns": None, "rfm.gift_below": None, "schedule.at": None,
        "report.renderers.0": "workbook", "publish.0.kind": "folder", "publish.1.prts": "publish.parts",
        "telegram.tokn": "telegram.token"}
    assert found["timezone"].value == "'Moscow'"
    assert found["source.overlap_days"].value == "-1"


SECRET = "s3cr3t-канарейка"


@pytest.mark.parametrize("text", [
    f'[source]\ntokn = "{SECRET}"', f'[source]\ntoken = ["{SECRET}"]', f'[source]\npasword = "{SECRET}"',
    f'[source]\npassword = {{a = "{SECRET}"}}', f'token = "{SECRET}"', f'[telegram]\ntoken = ["{SECRET}"]',
    f'[telegram]\nbot_token = "{SECRET}"', f'[telegram]\ntoken = "{SECRET}\\n"', f'[telegarm]\ntoken = "{SECRET}"',
    f'[source]\ntoken = "{SECRET}\\u0000"', f'[engine]\nlake_options = {{key = "{SECRET}"}}'])
def test_secrets_are_not_shown(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError) as failure:
        load(tmp_path, text)
    assert failure.value.faults
    assert SECRET not in f"{failure.value} {failure.value!r} {failure.value.__context__!r}"


def test_secrets_are_known_and_change_no_hash(tmp_path: Path) -> None:
    one = load(tmp_path, SOURCE + f'token = "{SECRET}"\npassword = "p"\n[telegram]\ntoken = "t"\n')
    assert sorted(wiring.secrets(one)) == sorted([SECRET, "p", "t"])
    assert wiring.settings_hash(one) == wiring.settings_hash(load(tmp_path, SOURCE))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert wiring.settings_hash(one) == wiring.settings_hash(load(elsewhere, SOURCE))
    assert wiring.settings_hash(one) != wiring.settings_hash(load(tmp_path, SOURCE + "overlap_days = 1"))


def test_the_environment_lies_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"RFM_SOURCE__TOKEN": "из среды",
        "RFM_TELEGRAM__ADMIN_CHATS": '[1, "@room"]', "RFM_RFM__WINDOW_DAYS": "30",
              "RFM_LANGUAGE": "en", "RFM_SOURCE__FIELDS__DATE": "День", "RFM_PUBLISH__0__PATH": "other",
              "RFM_SOURCE__START": "2026-01-02", "RFM_LOGS__FILE_MB": "0.5", "RFM_RFM__GIFT_BELOW": "9.99"}
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    found = load(tmp_path, SOURCE + 'token = "file"\n[[publish]]\npath = "x"\n')
    assert (found.source.own["token"], found.telegram.admin_chats) == ("из среды", (1, "@room"))
    assert (found.rfm.window_days, found.rfm.gift_below, found.source.start) == (30, 99_900, date(2026, 1, 2))
    assert found.source.own["fields"] == {"date": "День"}
    assert found.publish[0].own == {"path": "other"}


@pytest.mark.parametrize(("name", "value", "key"), [
    ("RFM_TELEGRAM__ADMIN_CHATS", "[1,", "telegram.admin_chats"),
    ("RFM_TELEGRAM__ADMIN_CHATS", "1", "telegram.admin_chats"),
    ("RFM_TELEGRAM__ADMIN_CHATS", "[" * 100_000, "telegram.admin_chats"), ("RFM_TYPO__X", "1", "typo"),
    ("RFM_SUORCE", "1", "suorce"), ("RFM_SOURCE", "5", "source"), ("RFM_HOME", "/x", "home"), ("RFM_", "1", ""),
    ("RFM_LANGUAGE__X", "1", "RFM_LANGUAGE__X"), ("RFM_PUBLISH__7__PATH", "x", "RFM_PUBLISH__7__PATH"),
    ("RFM_PUBLISH__PATH", "x", "RFM_PUBLISH__PATH"), ("RFM_REPORT__RENDERERS", "workbook", "report.renderers"),
    ("RFM_SOURCE__TIMEOUT_S", "inf", "source.timeout_s"), ("RFM_SOURCE__TOKEN", "\udcff", "source.token")])
def test_faults_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str,
                                   key: str) -> None:
    monkeypatch.setenv(name, value)
    assert key in faults(tmp_path, 'language = "en"\n' + SOURCE + '[[publish]]\npath = "x"\n')


def test_a_file_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFM_SOURCE__USER", "of the environment")
    text = 'RFM_SOURCE__TOKEN="a ${HOME} #1"\nRFM_SOURCE__USER=x\nOTHER=1\nRFM_LANGUAGE=en\n'
    found = load(tmp_path, SOURCE, b"\xef\xbb\xbf" + text.encode())
    assert found.source.own["token"] == "a ${HOME} #1"
    assert found.source.own["user"] == "of the environment"
    assert found.language == "en"


def test_a_file_beside_that_cannot_be_read(tmp_path: Path) -> None:
    assert ".env" in faults(tmp_path, SOURCE, "RFM_SOURCE__TOKEN=токен".encode("cp1251"))


PATH = '[source]\nurl = "http://x/"\n[[publish]]\npath = "{path}"{end}'


@pytest.mark.parametrize("path", [r"\\server\share", r"\\server\new", r"\\server\users", r"C:\data", r"C:\temp",
                                  r"\\server\back", r"\\server\rfm", r"C:\reports" "\\", r"\\server\фото"])
@pytest.mark.parametrize("end", ["", "\n", '\nkind = "folder"\n'])
def test_backslashes_in_double_quotes_get_the_hint(tmp_path: Path, path: str, end: str) -> None:
    [fault] = faults(tmp_path, PATH.format(path=path, end=end)).values()
    assert r"single quotes" in fault.problem
    assert r"'\\server\share'" in fault.problem


def test_single_quotes_are_right(tmp_path: Path) -> None:
    found = load(tmp_path, SOURCE + r"""
[[publish]]
path = '\\server\new'
""")
    assert found.publish[0].own["path"] == r"\\server\new"


@pytest.mark.parametrize("content", [
    b"\xef\xbb\xbf" + SOURCE.encode(), SOURCE.replace("\n", "\r\n").encode(), SOURCE.encode() + b"\n# \xd1\x8f"])
def test_habits_of_windows(tmp_path: Path, content: bytes) -> None:
    assert load(tmp_path, content).source.kind == "onec_http"


BROKEN = {
    "cp1251": (SOURCE + "# канал").encode("cp1251"), "utf-16": SOURCE.encode("utf-16"), "nul": b"\x00",
    "no table": b"[source", "twice": b"a = 1\na = 2", "deep": b"a = " + b"[" * 100_000,
    "digits": b"a = " + b"9" * 10_000, "a line end in text": b'a = "\n"', "binary": bytes(range(128, 256))}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_is_no_toml(tmp_path: Path, name: str) -> None:
    [fault] = faults(tmp_path, BROKEN[name]).values()
    assert fault.key == "settings.toml"


def test_no_file(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(SettingsError):
            wiring.load(path)


@pytest.mark.parametrize(("text", "key"), [
    ("source = 5", "source"), ("publish = {}", "publish"), ("publish = 5", "publish"), ("publish = [5]", "publish.0"),
    ('telegram.admin_chats = "x"', "telegram.admin_chats"), ("telegram.admin_chats = [1.5]", "telegram.admin_chats.0"),
    ("report = []", "report"), ("report.renderers = 5", "report.renderers"),
    ("report.renderers = [5]", "report.renderers.0"),
    ('report.renderers = "workbook"', "report.renderers"), ("source.kind = 5", "source.kind"),
    ("engine.kind = []", "engine.kind"), ('engine.kind = "../memory"', "engine.kind"),
    ("engine.bucket_lines = 0", "engine.bucket_lines"),
    ('source.start = "soon"', "source.start"), ("source.start = 20241101", "source.start"),
    ("source.start = 86400", "source.start"),
    ("source.fields = 5", "source.fields"), ("source.token = 5", "source.token"),
    ("source.timeout_s = inf", "source.timeout_s"),
    ("source.return_values = 'x'", "source.return_values"), ("schedule.at = 02:00:00", "schedule.at"),
    ('schedule.at = "02:00+03:00"', "schedule.at"), ('schedule.at = "25:00"', "schedule.at"),
    ('schedule.quiet_hours = "20:00"', "schedule.quiet_hours"),
    ('schedule.quiet_hours = "20:00-20:00"', "schedule.quiet_hours"),
    ('schedule.quiet_hours = "20:00-08:00Z"', "schedule.quiet_hours"), ("logs.file_mb = inf", "logs.file_mb"),
    ('logs.path = "~nobody-here/x"', "logs.path"), ('publish = [{path = "~nobody-here/x"}]', "publish.0.path"),
    ('ledger.url = "postgresql://x"', "ledger.url"), ('ledger.url = "sqlite:///"', "ledger.url"),
    ('home = "x"', "home"),
    ('timezone = ""', "timezone"), ('timezone = "../../etc/passwd"', "timezone"), ('timezone = "Europe"', "timezone"),
    ("rfm.cuts = 5", "rfm.cuts"), ('rfm.cuts = "weekly"', "rfm.cuts"), ("rfm.cuts = {r = [1, 2, 3]}", "rfm.cuts.f"),
    ("rfm.cuts = {r = [4, 3, 2, 1], f = [1, 2, 3, 4], m = [1, 2, 3, 4]}", "rfm.cuts.r"),
    ("rfm.cuts = {r = [1, 2, 3, 4], f = [1, 2, 3, 4], m = [4, 2, 3, 4]}", "rfm.cuts.m"),
    ("tiers.whale = true", "tiers.whale"), ("tiers.whale = nan", "tiers.whale"),
    ('tiers.whale = "1e999999999999999"', "tiers.whale"),
    ("tiers.whale = 0.00001", "tiers.whale")])
def test_wrong_values_are_faults(tmp_path: Path, text: str, key: str) -> None:
    found = faults(tmp_path, text)
    assert key in found
    assert set(found) <= {key, "source.url", *(each for each in found if each.startswith("rfm.cuts"))}


def test_fixed_cuts_are_in_units_of_money(tmp_path: Path) -> None:
    text = SOURCE + "[rfm]\ncuts = {r = [1, 2, 3, 4], f = [1, 1, 2, 3], m = [0.5, '1', 2, 3]}\n"
    assert load(tmp_path, text).rules.cuts == FixedCuts((1, 2, 3, 4), (1, 1, 2, 3), (5_000, 10_000, 20_000, 30_000))


def test_paths_resolve_from_the_folder_of_the_file(tmp_path: Path) -> None:
    found = load(tmp_path,
        SOURCE + '[ledger]\nurl = "sqlite:////var/w.db"\n[[publish]]\npath = "a"\n[[publish]]\npath = "/b"\n')
    assert found.warehouse == Path("/var/w.db")
    assert [each.place for each in wiring.publishers(found)] == [str(tmp_path / "a"), "/b"]


SCALAR = (st.booleans() | st.integers(-(2**63), 2**63) | st.floats() | st.dates().map(lambda day: day) | st.datetimes()
          | st.times() | st.text(st.characters(codec="utf-8"), max_size=8)
          | st.sampled_from(["x", "onec_http", "folder", "memory", "02:00", "~x", "http://x/", "sqlite:///x"]))
TREE = st.recursive(SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
    st.sampled_from(["kind", "url", "path", "token", "fields", "date", "x", "int",
    "0"]), inner, max_size=3), max_leaves=5)
NAMES = ("language", "timezone", "currency", "home", "source", "ledger", "rfm", "tiers", "engine", "report", "publish",
         "schedule", "telegram", "logs", "x")
KEYS = ("kind", "url", "start", "overlap_days", "timeout_s", "fields", "return_values", "path", "parts",
    "renderers", "cuts",
        "own_companies", "gift_below", "whale", "at", "quiet_hours", "deadline_minutes", "admin_chats", "level", "x")
TABLES = st.dictionaries(st.sampled_from(NAMES), TREE | st.dictionaries(st.sampled_from(KEYS), TREE, max_size=4),
                         max_size=5)


def toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml(key)} = {toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(letter):08x}" for letter in value) + '"'
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    return str(value).lower()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TABLES)
def test_any_tables_give_settings_or_faults(tables: dict[str, object]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        text = "\n".join(f"{toml(key)} = {toml(value)}" for key, value in tables.items())
        for fault in faults(Path(folder), text).values():
            assert fault.problem


def test_the_lists_of_the_managers_can_be_left_out(tmp_path: Path) -> None:
    with_lists, without = load(tmp_path, SOURCE), load(tmp_path, SOURCE + "[report]\nmanager_lists = false\n")
    made = [[type(each).__module__.rpartition(".")[2] for each in wiring.renderers(settings)]
            for settings in (with_lists, without)]
    assert made[0] == [*made[1], "lists"]


def test_a_share_by_its_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The path tells the kind; the password comes from the environment and is shown nowhere."""
    written = tmp_path / "settings.toml"
    written.write_text(SOURCE + "[[publish]]\npath = 'smb://server:4450/marketing/rfm/'\nuser = 'FIRM\\rfm'\n"
                       "[[publish]]\npath = 'reports'\n", encoding="utf-8")
    monkeypatch.setenv("RFM_PUBLISH__0__PASSWORD", "canary-5")
    settings = wiring.load(written)
    assert [(each.kind, made.place) for each, made in zip(settings.publish, wiring.publishers(settings), strict=True)
            ] == [("smb", "smb://server:4450/marketing/rfm"), ("folder", str(tmp_path / "reports"))]
    assert "canary-5" in wiring.secrets(settings)
    assert "canary-5" not in repr(wiring.publishers(settings))


@pytest.mark.parametrize(("table", "told"), [
    ("path = 'smb://server'", "smb://server/share/folder"),
    ("path = 'smb://rfm:canary@server/share'", "must name no user"),
    ("kind = 'folder'\npath = 'smb://server/share'", 'belongs to kind = "smb"'),
    ("path = 'smb://server/share'\npasswort = 'canary'", "unknown key"),
    ("path = 'reports'\npassword = 'canary'", "unknown key")])
def test_a_share_written_wrongly(tmp_path: Path, table: str, told: str) -> None:
    written = tmp_path / "settings.toml"
    written.write_text(f"{SOURCE}[[publish]]\n{table}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=told) as refused:
        wiring.load(written)
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize(("text", "key"), [
    ('[engine]\nkind = "spark"', "engine.address"),
    ('[ledger]\nurl = "postgresql+psycopg://rfm@host/db?password=s3cr3t"', "ledger.url")])
def test_a_fault_of_an_engine_or_a_ledger_elsewhere_is_told_by_its_key(tmp_path: Path, text: str, key: str) -> None:
    with pytest.raises(SettingsError) as failure:
        load(tmp_path, text)
    assert key in {fault.key for fault in failure.value.faults}
    assert "s3cr3t" not in str(failure.value)
