"""comptoir.toml: what is refused, how it says so, and that no secret is ever shown."""

from __future__ import annotations

import re
import tomllib
from datetime import time
from pathlib import Path

import pytest

from comptoir import settings
from comptoir.errors import BadInput, BadSettings

SECRETS = {"ACME_CLIENT_ID": "comptoir", "ACME_CLIENT_SECRET": "s3cret-of-acme", "ACME_WEBHOOK_SECRET": "wh00k-of-acme"}
DESK = """
[desks.acme]
kind = "zendesk"
subdomain = "acme"
client_id = "comptoir"
client_secret = "s3cret-of-acme"
webhook_secret = "wh00k-of-acme"
"""


@pytest.fixture
def write(tmp_path: Path) -> Path:
    return tmp_path / "comptoir.toml"


def faults(file: Path, text: str) -> list[str]:
    file.write_text(text, "utf-8")
    with pytest.raises(BadSettings) as error:
        settings.read(file)
    lines = str(error.value).splitlines()
    assert all(line.startswith(f"{file}: ") for line in lines)
    return [line.removeprefix(f"{file}: ") for line in lines]


def test_without_a_file_there_are_defaults_and_no_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    read = settings.read()

    assert read == settings.Settings()
    with pytest.raises(BadSettings, match="comptoir init"):
        read.need_desks()


def test_a_file_that_was_named_must_be_there(write: Path) -> None:
    with pytest.raises(BadSettings, match=r"no such file; `comptoir init` writes one"):
        settings.read(write)


@pytest.mark.parametrize(("text", "says"), [
    ("[store", "not TOML"),
    ("shop = 1", "shop: no such setting; there are agent_locale, desks, learning, locale, preview, server, store, "
     "team, thresholds, work"),
    ("[stor]", "stor: no such setting; did you mean store?"),
    ("[store]\nkeep_day = 3", "store.keep_day: no such setting; did you mean keep_days?"),
    ("[store]\nurl = 'mysql://db'", "store.url: a store is sqlite:///path/to/file or postgresql://"),
    ("[store]\nkeep_days = 0", "store.keep_days: Input should be greater than or equal to 1; for example keep_days = "),
    ("[server]\nport = 65536", "server.port: Input should be less than or equal to 65535; for example port = 8080"),
    ("[server]\nport = 'http'", "server.port: Input should be a valid integer"),
    ("[work]\nsweep_minutes = 31", "work.sweep_minutes: Input should be less than or equal to 30"),
    ("[preview]\non = true", "preview.token: preview.on is true, and without a token everybody could look; for example "
     'token = "env:COMPTOIR_PREVIEW_TOKEN"'),
    ("[preview]\ntoken = 'too-short-a-secret'", "preview.token: a token has at least 24 characters; `openssl rand"),
    ("[preview]\non = true\ntoken = ''", "preview.token: preview.on is true"),
    ("[preview]\nonn = true", "preview.onn: no such setting; did you mean on?"),
    ("locale = 'frr'", "locale: 'frr' is not a locale; did you mean fr"),
    ("[team]\nzone = 'Europe/Pari'", "team.zone: 'Europe/Pari' is not a time zone; did you mean Europe/Paris"),
    ("[team]\nholidays = 'XX'", "team.holidays: 'XX' is not a country"),
    ("[team.hours]\nmonday = '09:00-18:00'", "team.hours: 'monday' is not a day or a range of days; write \"mon-fri\""),
    ("[team.hours]\nfri-mon = '09:00-18:00'", "team.hours: 'fri-mon' is not a day or a range of days"),
    ("[team.hours]\nmon = '18:00-09:00'", "team.hours: '18:00-09:00' is not a span of hours"),
    ("[team.hours]\nmon = '09:00-09:00'", "team.hours: '09:00-09:00' is not a span of hours"),
    ("[team.hours]\nmon = '09:00-24:00'", "team.hours: '09:00-24:00' is not a span of hours"),
    ("[team]\nhours = 9", "team.hours: a table of days and hours"),
    ("[team.hours]", "team.hours: a table of days and hours"),
    ("[desks.Acme]\nkind = 'zendesk'", "desks.Acme.[key]: a desk's name is part of an address"),
    ("[desks.acme]", "desks.acme.kind is missing; for example kind = \"zendesk\""),
    ("[desks.acme]\nkind = 'zendsk'", "desks.acme.kind: 'zendsk' is not a helpdesk; did you mean zendesk"),
    (DESK + "shopp = 'x'", "desks.acme.shopp: no such setting; did you mean shop?"),
    (DESK.replace("webhook_secret", "hook_secret"), "desks.acme.hook_secret: no such setting; did you mean webhook"),
    (DESK + "per_minute = 0", "desks.acme.per_minute: Input should be greater than or equal to 1"),
    (DESK + "[desks.acme.marketplaces]\nR = 'rakuten'", "desks.acme.marketplaces.R: 'rakuten' is not a marketplace"),
])
def test_a_fault_names_the_setting_and_what_is_allowed(write: Path, text: str, says: str) -> None:
    assert any(line.startswith(says) for line in faults(write, text)), faults(write, text)


def test_a_missing_secret_names_setting_and_example(write: Path) -> None:
    text = DESK.replace('webhook_secret = "wh00k-of-acme"\n', "")

    assert faults(write, text) == [
        'desks.acme.webhook_secret is missing; for example webhook_secret = "env:ACME_WEBHOOK_SECRET"'
    ]


@pytest.mark.parametrize("value", [None, ""])
def test_a_variable_that_is_not_set_is_named(write: Path, monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    monkeypatch.delenv("ACME_SECRET", raising=False)
    if value is not None:
        monkeypatch.setenv("ACME_SECRET", value)

    assert faults(write, DESK.replace('"wh00k-of-acme"', '"env:ACME_SECRET"')) == [
        "desks.acme.webhook_secret: the environment variable ACME_SECRET is not set; for example: export ACME_SECRET=…"
    ]


def test_all_faults_come_at_once(write: Path) -> None:
    found = faults(write, "locale = 'frr'\n[server]\nport = -1\n[work]\nthreads = 0\n")

    assert [line.partition(":")[0] for line in found] == ["locale", "server.port", "work.threads"]


@pytest.mark.parametrize("wrong", ["subdomain = 7", "expires_in = 1", "webhook_secrets = 'x'", "kind = 'none'"])
def test_no_fault_and_no_repr_shows_a_secret(write: Path, wrong: str) -> None:
    key = wrong.partition(" ")[0]
    text = re.sub(rf"^{key} = .*\n", "", DESK, flags=re.MULTILINE) + wrong

    said = "\n".join(faults(write, text))

    write.write_text(DESK + '[store]\nurl = "postgresql://me:s3cret-of-db@db/comptoir"', "utf-8")
    shown = repr(settings.read(write))
    assert "s3cret" not in said + shown
    assert "wh00k" not in said + shown


def test_a_desk_takes_the_common_settings_it_does_not_set(write: Path) -> None:
    write.write_text(
        'locale = "fr"\nagent_locale = "zh_Hans"\n[team]\nzone = "Asia/Shanghai"\nholidays = "CN"\n'
        + DESK + '\n[desks.other]\nlocale = "en"' + DESK.partition("[desks.acme]")[2]
        + '[desks.other.team]\n[desks.other.team.hours]\nsat = "10:00-12:00, 14:00-16:30"\n', "utf-8",
    )
    desks = settings.read(write).desks

    acme, other = desks["acme"], desks["other"]
    assert (acme.locale, acme.agent_locale) == ("fr", "zh_Hans")
    assert (acme.team.zone, acme.team.holidays) == ("Asia/Shanghai", "CN")
    assert (other.locale, other.agent_locale) == ("en", "zh_Hans")
    assert (other.team.zone, other.team.holidays) == ("Europe/Paris", None)
    assert acme.team.hours[4] == ((time(9), time(18)),)
    assert other.team.hours == {5: ((time(10), time(12)), (time(14), time(16, 30)))}


def test_a_relative_store_stands_beside_the_file(write: Path) -> None:
    write.write_text(DESK, "utf-8")

    assert settings.read(write).store_url == f"sqlite:///{write.parent / 'var' / 'comptoir.sqlite'}"


@pytest.mark.parametrize("url", ["sqlite:////srv/comptoir.sqlite", "postgresql://me@db/comptoir"])
def test_another_store_is_left_as_it_is(write: Path, url: str) -> None:
    write.write_text(f'[store]\nurl = "{url}"', "utf-8")

    assert settings.read(write).store_url == url


def test_the_example_is_valid_but_for_the_secrets_it_names(write: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SECRETS:
        monkeypatch.delenv(name, raising=False)
    settings.write_example(write)

    named = {re.search(r"variable (\w+) is not set", line)[1] for line in faults(write, write.read_text("utf-8"))}  # type: ignore[index]  # a fault of another kind fails the test

    assert named == SECRETS.keys()
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    assert settings.read(write).desks["acme"].options.client_secret.get_secret_value() == "s3cret-of-acme"


def test_every_commented_setting_of_the_example_is_one(write: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("COMPTOIR_PREVIEW_TOKEN", "0123456789abcdef01234567")
    text = re.sub(r'^# (?=["\w]+ = )|^# (?="[^"]+" = )', "", settings.example(), flags=re.MULTILINE)
    write.write_text(text, "utf-8")

    desk = settings.read(write).desks["acme"]

    assert tomllib.loads(text) != tomllib.loads(settings.example())
    assert desk.marketplaces["Rakuten FR"] == "rakuten_fr"
    assert "order.number" in desk.fields


def test_the_example_is_never_written_over_a_file(write: Path) -> None:
    write.write_text("mine", "utf-8")

    with pytest.raises(BadInput, match="already there"):
        settings.write_example(write)
    assert write.read_text("utf-8") == "mine"


def test_try_needs_no_secret(write: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SECRETS:
        monkeypatch.delenv(name, raising=False)
    settings.write_example(write)

    only, unknown = settings.desk_for_try(write, ""), settings.desk_for_try(write, "other")

    assert only == unknown
    assert (only.name, only.shop, only.locale, only.options) == ("acme", "Maison Exemple", "fr", None)


def test_try_works_without_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert settings.desk_for_try(None, "x").locale == "en"


def test_the_names_of_all_settings_hold_those_of_tables_and_helpdesks() -> None:
    names = settings.names()

    assert {"store.url", "work.name", "team.hours", "locale", "desks.<name>.shop", "desks.<name>.webhook_secret",
            "desks.<name>.team.zone"} <= set(names)
    assert "desks" not in names
    assert "store" not in names
