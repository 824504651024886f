"""The preview: what it says of macros, messages and rules, how it lives with broken files, and who may look at it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from comptoir import logs, preview_server, reply, server
from comptoir.counter import Office
from comptoir.helpdesk import Desk
from comptoir.preview import lists, marks
from comptoir.preview.ask import MAX_FACTS, Ask
from comptoir.preview.lists import Filter
from comptoir.preview.macro import MacroView, macro_view
from comptoir.preview.shelf import Shelf, Stock
from comptoir.settings import Settings
from comptoir.tables import Preview
from comptoir.workflow import Engine

SEND = "buyer/item_not_received/send_tracking"
GUARANTEE = "buyer/warranty_claim/open_guarantee"
FR = "locales/fr/LC_MESSAGES/comptoir.po"
SORRY = "We are sorry that your parcel has not reached you yet."
TOKEN = "0123456789abcdef0123456789abcdef"


def copied(into: Path) -> Path:
    """templates/, locales/ and packs/ as shipped, with the times of their files; what else stood there is gone."""
    for name in ("templates", "locales", "packs"):
        shutil.rmtree(into / name, ignore_errors=True)
        shutil.copytree(str(files(f"comptoir.{name}")), into / name, ignore=shutil.ignore_patterns("__pycache__"))
    return into


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """A shelf that has read all that shipped."""
    folder = copied(tmp_path_factory.mktemp("words"))
    shelf = Shelf(folder / "templates", folder / "locales", folder / "packs")
    shelf.look()
    return shelf


@pytest.fixture
def words(full: Shelf) -> Path:
    """A copy of templates/, locales/ and packs/ that a test may spoil; the next one finds it mended."""
    return copied(full._templates.parent)


@pytest.fixture
def shelf(full: Shelf, words: Path) -> Shelf:
    """As one that was just opened and looked at; it reads again only what a test has spoiled."""
    one = Shelf(words / "templates", words / "locales", words / "packs")
    one._kept.update(full._kept)
    return one


@pytest.fixture(scope="module")
def stock() -> Stock:
    """As shipped."""
    return Shelf().look()


@pytest.fixture
def client(shelf: Shelf) -> Iterator[TestClient]:
    with TestClient(preview_server.standalone(shelf), base_url="http://127.0.0.1:8090") as one:
        yield one


@pytest.fixture(scope="module")
def shipped() -> Iterator[TestClient]:
    with TestClient(preview_server.standalone(Shelf()), base_url="http://127.0.0.1:8090") as one:
        yield one


def spoil(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def translate(file: Path, english: str, new: str, *, flag: str = "") -> None:
    """Give a message of one line another translation in a PO file."""
    entry = re.compile(rf'(^msgid "{re.escape(english)}"\n)msgstr (?:".*"\n)+', re.MULTILINE)
    text, count = entry.subn(lambda found: f'{flag and f"#, {flag}"}{flag and chr(10)}{found[1]}msgstr "{new}"\n',
                             file.read_text("utf-8"))
    assert count == 1
    file.write_text(text, "utf-8")


def shown(stock: Stock, macro: str, ask: Ask | None = None) -> MacroView:
    return macro_view(stock, stock.macros.macros[macro], ask or Ask())


# What stands on a page


def test_every_panel_is_word_for_word_what_agents_get(stock: Stock) -> None:
    compared = 0
    for macro in stock.macros.macros.values():
        for name, sample in stock.samples.items():
            view = macro_view(stock, macro, Ask(name, sample.marketplace))
            for panel in view.panels:
                made = reply.render(stock.macros, macro.id, panel.locale, sample.facts, packs=stock.packs,
                                    marketplace=sample.marketplace, shop=sample.shop, deadlines=sample.deadlines)
                assert (panel.text, panel.title, panel.missing) == (made.text, made.title, made.missing)
                pieces = [piece.text for sentence in panel.sentences for piece in sentence.pieces]
                assert "".join(pieces) == made.text
                compared += bool(made.text)

    assert compared > 200


def test_a_sentence_knows_its_message_its_place_in_the_template_and_in_each_po_file(stock: Stock) -> None:
    view = shown(stock, SEND)
    row = next(row for row in view.messages if row.key == ("", SORRY))
    french = next(panel for panel in view.panels if panel.locale == "fr")

    assert row.used
    assert [str(place).removesuffix(": ") for place in row.places] == [f"templates/{SEND}.txt.j2:11"]
    assert [sentence.key for sentence in french.sentences if sentence.key == row.key]
    for locale in ("fr", "zh_Hans"):
        lines = files("comptoir.locales").joinpath(f"{locale}/LC_MESSAGES/comptoir.po").read_text("utf-8").splitlines()
        assert lines[row.entries[locale].line - 1] == f'msgid "{SORRY}"'


def test_what_facts_and_rules_fill_in_is_marked_with_the_messages_inside(stock: Stock) -> None:
    sentence = next(sentence for sentence in shown(stock, GUARANTEE).panels[1].sentences if sentence.inner)

    assert [piece.text for piece in sentence.pieces if piece.filled] == ["30 jours"]
    assert sentence.inner == (("", "%(count)s day"),)


def test_a_rule_comes_with_its_value_by_day_its_sources_and_its_place(stock: Stock) -> None:
    (now,) = shown(stock, GUARANTEE).rules
    (before,) = shown(stock, GUARANTEE, Ask(day="2021-06-01")).rules

    assert (now.rule.id, now.says, str(now.since), now.asked) == ("law_fr.warranty_repair", "30 calendar days",
                                                                  "2022-01-01", True)
    assert now.rule.sources[0].url.startswith("https://")
    assert now.place
    assert now.place.file.endswith("law_fr/policies.yaml")
    assert now.place.line > 0
    assert (before.says, before.since, [says for _, says in before.others]) == ("", None, ["30 calendar days"])


def test_what_is_missing_is_named_and_a_rule_that_is_not_known_there_too(stock: Stock) -> None:
    assert shown(stock, SEND, Ask(facts="{}")).panels[0].missing == ("shipping.tracking_number",)
    elsewhere = shown(stock, GUARANTEE, Ask(marketplace="taobao"))
    assert elsewhere.panels[0].missing == ("rule:warranty_repair",)
    assert elsewhere.unheard == ("warranty_repair",)


def test_the_sample_that_suits_a_macro_is_chosen(stock: Stock) -> None:
    views = {id: shown(stock, id) for id in stock.macros.macros}

    assert views["buyer/withdrawal_change_of_mind/return_on_taobao"].sample == "taobao"
    assert views[GUARANTEE].marketplace == "rakuten_fr"
    assert not [id for id, view in views.items() if any(panel.missing or panel.faults for panel in view.panels)]


def test_words_that_may_not_stand_are_found(shelf: Shelf, words: Path) -> None:
    translate(words / FR, SORRY, "Écrivez-nous sur WhatsApp au 06 12 34 56 78.")

    view = shown(shelf.look(), SEND)

    assert [finding for finding in view.panels[1].findings if finding.severity == "error"]
    assert not view.panels[2].findings


@pytest.mark.parametrize(("new", "flag", "state", "ready"), [
    ("", "", "missing", False), ("Nous regrettons.", "fuzzy", "fuzzy", False),
    ("Nous regrettons le retard !", "", "finding", True), (SORRY, "", "same", True),
    ("Nous regrettons ce retard.", "", "done", True), ("Colis %(nombre)s.", "", "finding", False),
])
def test_each_state_of_a_message(shelf: Shelf, words: Path, new: str, flag: str, state: str, ready: bool) -> None:
    translate(words / FR, SORRY, new, flag=flag)
    stock = shelf.look()
    view = shown(stock, SEND)
    entry = next(row for row in view.messages if row.key == ("", SORRY)).entries["fr"]
    work = lists.catalogue_view(stock, Filter(work="fr"))

    assert (entry.state, view.panels[1].ready) == (state, ready)
    assert bool(view.panels[1].todo) is not ready
    assert bool([row for rows in work.groups.values() for row in rows if row.macro.id == SEND]) is (state != "done")
    assert not lists.catalogue_view(stock, Filter(work="zh_Hans")).groups
    listed = lists.messages_view(stock, "fr", "work", 1).messages
    assert [message.entry.key for message in listed] == ([("", SORRY)] if state != "done" else [])


def test_a_message_that_is_not_in_the_file_yet_is_missing(shelf: Shelf, words: Path) -> None:
    spoil(words / f"templates/{SEND}.txt.j2", SORRY, "We are very sorry.")

    view = shown(shelf.look(), SEND)
    row = next(row for row in view.messages if row.key == ("", "We are very sorry."))

    assert {locale: (entry.state, entry.line) for locale, entry in row.entries.items()} == dict.fromkeys(
        row.entries, ("missing", 0))
    assert [panel.ready for panel in view.panels] == [True, False, False, False]
    assert "We are very sorry." in view.panels[1].text


def test_the_map_counts_what_fits_by_locale(shelf: Shelf, words: Path) -> None:
    for file in (words / "templates").rglob("*.j2"):  # of the guarantee's macros one is left
        if "warranty_claim" in file.read_text("utf-8").partition("---#}")[0] and file.stem != "open_guarantee.txt":
            file.unlink()
    rows = lists.coverage_view(shelf.look(), "", "").rows["warranty_claim"]

    assert {spot.marketplace: (spot.total, spot.own) for spot in rows if spot.total} == dict.fromkeys(
        ("amazon_fr", "cdiscount", "rakuten_fr"), (1, 1))
    (words / FR).write_text("msgid \"\"\nmsgstr \"\"\n", "utf-8")
    after = [spot for spot in lists.coverage_view(shelf.look(), "", "").rows["warranty_claim"] if spot.total]
    assert [spot.lacking for spot in after] == [("fr",)] * 3


def test_the_rules_that_macros_lean_on_name_their_macros(stock: Stock) -> None:
    rows = {row.rule.id: row for row in lists.rules_view(stock, "rakuten_fr")}

    assert rows["law_fr.warranty_repair"].macros == tuple(
        f"buyer/warranty_claim/{name}" for name in ("how_far", "not_repaired_in_time", "open_guarantee"))
    assert not [id for id in rows if id.startswith("aliexpress.")]


def test_nothing_of_pasted_facts_is_kept(shelf: Shelf) -> None:
    stock = shelf.look()
    view = shown(stock, SEND, Ask(facts='{"shipping": {"tracking_number": "WHATSAPP0612345678"}}'))
    lists.catalogue_view(stock, Filter(work="fr"))

    assert view.panels[0].text
    assert stock.law.linted
    assert "WHATSAPP0612345678" not in repr(stock.law.linted)


def test_the_signs_that_mark_sentences_cannot_come_from_outside(stock: Stock) -> None:
    hostile = '{"order": {"number": "A\ufdd0\\ufdd11\\ufdd2\\ud800B"}}'

    view = shown(stock, "buyer/other/acknowledge", Ask(facts=hostile))

    assert not view.problems
    assert "A1B" in view.panels[0].text
    assert not marks.SIGNS.search(view.panels[0].text)


# Files that change, and files that are broken


def test_an_edit_shows_at_the_next_look_and_nothing_is_read_twice(shelf: Shelf, words: Path) -> None:
    first = shelf.look()
    assert shelf.look() is first
    translate(words / FR, SORRY, "Toutes nos excuses.")

    after = shelf.look()

    assert "Toutes nos excuses." in shown(after, SEND).panels[1].text
    assert after.law is first.law
    assert after.words is first.words
    assert after.books["zh_Hans"] is first.books["zh_Hans"]


def test_a_broken_po_file_is_named_with_its_line_and_the_other_locales_go_on(
    client: TestClient, words: Path
) -> None:
    line = (words / FR).read_text("utf-8").splitlines().index(f'msgid "{SORRY}"') + 1
    spoil(words / FR, f'msgid "{SORRY}"', f"msgid {SORRY}")

    page = client.get(f"/preview/macro/{SEND}").text

    assert f'{FR}:{line}</code> not a PO file' in page
    assert "cannot be shown" in page
    assert "很抱歉，您的包裹还没有送到。" in page
    assert client.get("/preview/coverage").status_code == client.get("/preview/messages").status_code == 200
    assert client.get("/preview/messages/fr").status_code == client.get("/preview/?work=fr").status_code == 200


@pytest.mark.parametrize(("spoiled", "says"), [
    (lambda file: spoil(file, "{% include \"shared/parcel.txt.j2\" %}", '{% include "/etc/passwd" %}'),
     ":13</code> no file &#39;/etc/passwd&#39; below templates/"),
    (lambda file: spoil(file, "{% include \"shared/parcel.txt.j2\" %}", "{% include order.number %}"),
     ":13</code> an include names its file in quotes"),
    (lambda file: spoil(file, "{% endtrans %}", "{% end %}"), ":11</code> "),
    (lambda file: spoil(file, "rank: 10", "rnk: 10"), ":6</code> "),
    (lambda file: spoil(file, "{% trans %}We are", "{{ ''.__class__ }}{% trans %}We are"),
     "names with an underscore in front are closed to templates"),
])
def test_a_broken_template_is_named_with_its_line_and_the_other_macros_go_on(
    client: TestClient, words: Path, spoiled: Callable[[Path], None], says: str
) -> None:
    spoiled(words / f"templates/{SEND}.txt.j2")

    page = client.get(f"/preview/macro/{SEND}")

    assert page.status_code == 200
    assert f"templates/{SEND}.txt.j2{says if says.startswith(':') else ''}" in page.text
    assert says in page.text
    assert "root:" not in page.text
    assert SEND in client.get("/preview/").text
    assert "Mettre en œuvre la garantie légale" in client.get(f"/preview/macro/{GUARANTEE}").text


def test_a_broken_partial_takes_only_those_along_that_include_it(client: TestClient, words: Path) -> None:
    spoil(words / "templates/shared/parcel.txt.j2", "{% endif %}", "")

    assert "templates/shared/parcel.txt.j2" in client.get(f"/preview/macro/{SEND}").text
    assert "The reply</h2>" not in client.get(f"/preview/macro/{SEND}").text
    assert "The reply</h2>" in client.get(f"/preview/macro/{GUARANTEE}").text


@pytest.mark.parametrize(("name", "content", "says"), [
    (f"templates/{SEND}.txt.j2", b"{#---\ntitle: \xff\n---#}\n", "not UTF-8; save the file"),
    ("templates/names.yaml", b"issues: [", "templates/names.yaml"),
    ("templates/samples.yaml", b"rakuten: {marketplace: [7]}", "templates/samples.yaml"),
    ("templates/samples.yaml", b"\xff", "templates/samples.yaml"),
    ("locales/glossary.csv", b"a,b\n", "locales/glossary.csv"),
    ("locales/glossary.csv", b"\xff\xfe", "locales/glossary.csv"),
    ("locales/fr/LC_MESSAGES/comptoir.po", b"\xff", "not UTF-8"),
    ("locales/fr/LC_MESSAGES/comptoir.po", b'msgid ""\nmsgstr "Plural-Forms: nplurals=2; plural=(n !;\\n"\n', FR),
    ("packs/rakuten_fr/policies.yaml", b"support_reply: {", "policies.yaml"),
])
def test_whatever_file_is_broken_the_pages_say_so_and_stay(
    client: TestClient, words: Path, name: str, content: bytes, says: str
) -> None:
    before = client.get(f"/preview/macro/{GUARANTEE}")
    (words / name).write_bytes(content)

    page = client.get(f"/preview/macro/{GUARANTEE}")

    assert (before.status_code, page.status_code) == (200, 200)
    assert "in the files</h2>" not in before.text
    assert "in the files</h2>" in page.text
    assert says in page.text
    assert "受理法定质保" in page.text
    for path in ("", "coverage", "rules", "messages", "messages/fr", "?work=fr"):
        assert client.get(f"/preview/{path}").status_code == 200


def test_files_that_were_broken_from_the_start_leave_a_page_that_says_so(words: Path) -> None:
    (words / "packs/taobao/pack.yaml").write_text("kind: [", "utf-8")
    (words / f"templates/{SEND}.txt.j2").write_bytes(b"\xff")
    (words / "locales/en/LC_MESSAGES/comptoir.po").write_text("msgid", "utf-8")
    shelf = Shelf(words / "templates", words / "locales", words / "packs")
    with TestClient(preview_server.standalone(shelf), base_url="http://localhost") as client:
        page = client.get("/preview/")

    assert page.status_code == 200
    assert "3 faults in the files" in page.text


# Over HTTP


def test_every_page_of_the_shipped_catalogue_opens_with_strict_headers(shipped: TestClient, stock: Stock) -> None:
    paths = ["", "coverage", "coverage?locale=fr&audience=platform", "messages", "messages/zh_Hant?state=all&page=3",
             "messages/fr?state=all&search=colis", "rules", "rules?marketplace=taobao", "style.css", "icon.svg",
             *(f"macro/{id}" for id in stock.macros.macros)]
    for path in paths:
        answer = shipped.get(f"/preview/{path}")
        assert answer.status_code == 200, path
        assert "script" not in answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "<script" not in answer.text
        assert "Set-Cookie" not in answer.headers


def test_an_unknown_macro_says_what_is_near(shipped: TestClient) -> None:
    answer = shipped.get("/preview/macro/buyer/item_not_recieved/send_trackng")

    assert answer.status_code == 404
    assert f'href="/preview/macro/{SEND}"' in answer.text


@pytest.mark.parametrize(("path", "status"), [
    ("macro/<b>x</b>", 404), ("macro/../../etc/passwd", 404), ("macro/%00", 404), ("nowhere", 404),
    ("messages/xx", 404), ("messages/%3Cscript%3E", 404),
    ("?marketplace=%3Cb%3Ex&issue=nope&audience=me&work=xx", 200), ("coverage?locale=xx&audience=me", 200),
    ("rules?marketplace=nope", 200), ("messages/fr?state=nope&page=-1&macros=1", 200),
    ("messages/fr?page=99999999999999999999&state=all", 200), ("messages/fr?page=٣", 200),
    (f"macro/{SEND}?sample=nope&marketplace=nope&day=tomorrow", 200), (f"macro/{SEND}?day=0001-01-01", 200),
    (f"macro/{SEND}?day=9999-12-31&sample=unknown&marketplace=unknown", 200),
])
def test_an_address_that_names_nothing_gets_a_plain_answer(shipped: TestClient, path: str, status: int) -> None:
    answer = shipped.get(f"/preview/{path}")

    assert answer.status_code == status
    assert "<b>x" not in answer.text
    assert "Traceback" not in answer.text


def test_wrong_choices_are_said_in_sentences(shipped: TestClient) -> None:
    page = shipped.get(f"/preview/macro/{SEND}?sample=nope&marketplace=mars&day=tomorrow").text

    assert "There is no sample &#39;nope&#39;; there are rakuten" in page
    assert "There is no marketplace &#39;mars&#39;" in page
    assert "&#39;tomorrow&#39; is not a day; write it as 2026-11-22." in page


def test_pasted_facts_are_shown_as_text(shipped: TestClient) -> None:
    facts = {"order": {"number": "<script>alert(1)</script>{{ 7193*11 }}{% include 'names.yaml' %}"},
             "shipping": {"tracking_number": "<img src=x onerror=alert(1)>", "carrier": "\"'></textarea><b>"}}

    answer = shipped.post(f"/preview/macro/{SEND}", data={"facts": json.dumps(facts), "sample": "rakuten"})

    assert answer.status_code == 200
    assert "<script" not in answer.text
    assert "<img" not in answer.text
    assert "</textarea><b>" not in answer.text
    assert "&lt;img src=x onerror=alert(1)&gt;" in answer.text
    assert "(( 7193*11 ))" in answer.text
    assert "79123" not in answer.text


@pytest.mark.parametrize(("facts", "says"), [
    ("not json", "The facts are not JSON: Expecting value, line 1, column 1."),
    ("[]", "The facts do not fit"), ("7", "The facts do not fit"), ('{"order": {"totl": 1}}', "order.totl"),
    ('{"order": {"total": "a lot"}}', "order.total"), ('{"order": {"placed_at": "yesterday"}}', "order.placed_at"),
    ("[" * 5000, "nested too deeply"), ('{"order": {"total": ' + "9" * 5000 + "}}", "The facts"),
    ("x" * (MAX_FACTS + 1), f"at most {MAX_FACTS} are read"),
    (json.dumps({f"k{number}": 1 for number in range(700)}), "The facts do not fit"),
])
def test_facts_that_cannot_be_read_are_said_in_a_sentence(shipped: TestClient, facts: str, says: str) -> None:
    answer = shipped.post(f"/preview/macro/{SEND}", data={"facts": facts})

    assert answer.status_code == 200
    assert says in answer.text
    assert 'role="alert"' in answer.text
    assert len(answer.text) < 200_000


@pytest.mark.parametrize("amount", ["1e999999", "NaN", "Infinity", "-1e400", "9" * 300])
def test_amounts_that_are_none_never_break_a_page(shipped: TestClient, amount: str) -> None:
    facts = json.dumps({"refund": {"amount": amount}, "order": {"currency": "EUR", "total": amount}})

    answer = shipped.post("/preview/macro/buyer/partial_refund/propose", data={"facts": facts})

    assert answer.status_code == 200


def test_a_form_ends_at_its_limit(shipped: TestClient) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(64):
            yield b"x" * 65536

    for body in (b"facts=" + b"x" * preview_server.MAX_FORM, chunks()):
        answer = shipped.post(f"/preview/macro/{SEND}", content=body)
        assert answer.status_code == 413
        assert "Paste the facts of one order" in answer.text
    assert shipped.post(f"/preview/macro/{SEND}", content="&".join("a=1" for _ in range(50))).status_code == 400


def test_facts_that_just_fit_are_taken_in_chinese_too(shipped: TestClient) -> None:
    facts = json.dumps({"order": {"number": "单" * (MAX_FACTS - 30)}}, ensure_ascii=False)

    answer = shipped.post(f"/preview/macro/{SEND}", data={"facts": facts})

    assert answer.status_code == 200
    assert "The facts" not in answer.text.partition("The reply")[0].replace("The facts of", "")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_nothing_can_be_changed(shipped: TestClient, method: str) -> None:
    assert shipped.request(method, f"/preview/macro/{SEND}").status_code == 405
    assert shipped.post("/preview/coverage").status_code == 405


@pytest.mark.parametrize(("host", "status"), [
    ("127.0.0.1:8090", 200), ("localhost", 200), ("LOCALHOST:1", 200), ("[::1]:8090", 200), ("evil.example", 403),
    ("evil.example:8090", 403), ("127.0.0.1.evil.example", 403), ("localhost:x", 403), ("", 403), ("[::1", 403),
])
def test_only_names_of_this_machine_are_answered_without_a_token(shipped: TestClient, host: str, status: int) -> None:
    answer = shipped.get("/preview/", headers={"Host": host})

    assert answer.status_code == status
    assert ("Macro catalogue" in answer.text) is (status == 200)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_form_of_another_site_is_refused(shipped: TestClient) -> None:
    for site, status in (("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)):
        answer = shipped.post(f"/preview/macro/{SEND}", data={"facts": "{}"}, headers={"Sec-Fetch-Site": site})
        assert answer.status_code == status


# On the server, behind a token


@pytest.fixture
def engine(begin: Callable[..., Engine], tmp_path: Path, office: Office, desk: Desk) -> Engine:
    return begin(f"sqlite:///{tmp_path}/comptoir.sqlite", office, {"acme": desk}, run_worker=False)


@pytest.fixture
def guarded(engine: Engine, desk: Desk) -> Iterator[TestClient]:
    settings = Settings(desks={"acme": desk}, preview=Preview(on=True, token=SecretStr(TOKEN)))
    with TestClient(server.make_app(settings, engine), base_url="https://comptoir.example") as one:
        yield one


@pytest.mark.parametrize("preview", [Preview(), Preview(token=SecretStr(TOKEN))])
def test_switched_off_there_is_no_preview(engine: Engine, desk: Desk, preview: Preview) -> None:
    with TestClient(server.make_app(Settings(desks={"acme": desk}, preview=preview), engine)) as client:
        for path in ("", "/", f"/?token={TOKEN}", f"/macro/{SEND}", "/style.css"):
            assert client.get(f"/preview{path}").status_code == 404
        assert client.get("/healthz").text == "ok\n"


def test_without_the_token_nothing_is_shown(guarded: TestClient) -> None:
    for path in ("", f"macro/{SEND}", "coverage", "messages/fr", "nowhere"):
        answer = guarded.get(f"/preview/{path}")
        assert answer.status_code == 401
        assert "Send the tracking number" not in answer.text
    assert guarded.post(f"/preview/macro/{SEND}", data={"facts": "{}"}).status_code == 401
    assert guarded.get("/preview/style.css").status_code == 200
    assert guarded.get("/healthz").text == "ok\n"


@pytest.mark.parametrize("wrong", ["x", TOKEN[:-1], TOKEN + "0", TOKEN.upper(), "", "é" * 32, "\ud800".encode(
    "utf-8", "surrogatepass").decode("utf-8", "replace")])
def test_a_wrong_token_is_refused_and_counted(guarded: TestClient, wrong: str) -> None:
    before = logs.counts().get(("preview", "", "rejected"), 0)

    answers = [guarded.get("/preview/", params={"token": wrong}), guarded.post("/preview/enter", data={"token": wrong})]

    assert [answer.status_code for answer in answers] == [401, 401]
    assert "not the token of this server" in answers[0].text
    assert not guarded.cookies
    assert guarded.get("/preview/", headers={"Cookie": f"comptoir_preview={wrong.encode().hex()}"}).status_code == 401
    assert logs.counts()[("preview", "", "rejected")] == before + 2


def test_the_token_opens_once_and_leaves_the_address(guarded: TestClient) -> None:
    answer = guarded.get(f"/preview/macro/{SEND}?sample=taobao&token={TOKEN}", follow_redirects=False)
    cookie = answer.headers["Set-Cookie"]

    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/preview/macro/{SEND}?sample=taobao"
    assert TOKEN not in cookie
    assert all(part in cookie for part in ("HttpOnly", "SameSite=strict", "Secure", "Path=/preview"))
    page = guarded.get(answer.headers["Location"])
    assert page.status_code == 200
    assert TOKEN not in page.text
    assert "The reply" in page.text
    assert page.headers["Cache-Control"] == "no-store"


def test_the_token_opens_by_the_form_too(guarded: TestClient) -> None:
    answer = guarded.post("/preview/enter", data={"token": TOKEN}, follow_redirects=False)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/preview/")
    assert guarded.get("/preview/").status_code == 200


def test_another_token_shuts_out_who_came_in_with_the_old_one(guarded: TestClient, engine: Engine, desk: Desk) -> None:
    guarded.post("/preview/enter", data={"token": TOKEN})
    known = dict(guarded.cookies)
    settings = Settings(desks={"acme": desk}, preview=Preview(on=True, token=SecretStr(TOKEN[::-1])))

    with TestClient(server.make_app(settings, engine), base_url="https://comptoir.example", cookies=known) as client:
        assert client.get("/preview/").status_code == 401


def test_settings_never_show_the_token() -> None:
    assert TOKEN not in repr(replace(Settings(), preview=Preview(on=True, token=SecretStr(TOKEN))))
