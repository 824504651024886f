"""What a message to a buyer may not say, and what only looks like it."""

from __future__ import annotations

import json
import shutil
import time
from importlib.resources import files
from pathlib import Path

import pytest
from conftest import Done, macros, packs, typed

from comptoir import proofread
from comptoir.lint import Finding, entries, lint

HERE = Path(__file__).parent
ORDINARY = (HERE / "data" / "lint" / "ordinary.txt").read_text("utf-8")
FORBIDDEN = (HERE / "data" / "lint" / "forbidden.txt").read_text("utf-8")


def rows(text: str) -> list[list[str]]:
    """The lines of a table with ` | ` between its cells; `#` begins a comment."""
    return [line.split(" | ") for line in text.splitlines() if line and not line.startswith("#")]


def found(text: str, marketplace: str = "rakuten_fr", locale: str = "fr") -> list[str]:
    return [finding.code for finding in lint(text, marketplace, locale, packs())]


# what passes

@pytest.mark.parametrize(("marketplace", "locale", "text"), rows(ORDINARY))
def test_an_ordinary_message_passes(marketplace: str, locale: str, text: str) -> None:
    assert lint(text, marketplace, locale, packs()) == []


@pytest.mark.parametrize("locale", ["en", "fr", "zh_Hans", "zh_Hant"])
def test_an_empty_message_passes(locale: str) -> None:
    assert lint("", "rakuten_fr", locale, packs()) == lint(" \n\u200b", "unknown", locale, packs()) == []


@pytest.mark.parametrize("marketplace", [
    id for id, pack in sorted(packs().marketplaces.items()) if pack.signals.domains])
def test_a_marketplaces_own_addresses_pass_and_another_ones_do_not(marketplace: str) -> None:
    domain = packs().packs[marketplace].signals.domains[0]

    for address in (f"https://www.{domain}/orders/1", f"www.{domain}", f"help@mail.{domain}"):
        assert found(f"Voir {address} merci", marketplace) == [], address
        assert found(f"Voir {address} merci", "cdiscount" if marketplace != "cdiscount" else "ebay"), address
    assert found(f"Voir {domain} merci", marketplace) == []


@pytest.mark.parametrize("address", [
    "https://rakuten.com.example.org/", "https://rakuten.com@example.org/", "https://notrakuten.com/",
    "https://example.org/?back=https://rakuten.com", "https://laposte.fr.example.org", "https://xn--rakutn-9ua.com",
])
def test_an_address_that_only_looks_like_the_marketplaces_does_not_pass(address: str) -> None:
    assert "link_elsewhere" in found(f"Voir {address}")


# what does not

@pytest.mark.parametrize(("code", "severity", "marketplace", "locale", "words", "text"), rows(FORBIDDEN))
def test_what_is_forbidden_is_found_with_its_place(
    code: str, severity: str, marketplace: str, locale: str, words: str, text: str
) -> None:
    findings = lint(text, marketplace, locale, packs())
    told = [finding for finding in findings if finding.code == code]

    assert told, findings
    assert (told[0].text, told[0].severity) == (words, severity)
    assert text[told[0].start:told[0].end] == words


@pytest.mark.parametrize(("row", "code"), [
    ("TAO-53", "flaw_praised"), ("TAO-54", "topic_diverted"), ("TAO-55", "return_made_hard"),
    ("TAO-59", "confirmation_induced"), ("TAO-150", "selling_in_a_complaint"), ("TAO-187", "false_scan"),
    ("TAO-192", "evidence_dressed"),
])
def test_what_the_guides_recommend_and_is_refused_is_found_in_four_languages(row: str, code: str) -> None:
    common = packs().packs["common"]
    tried = {locale for found_as, _, _, locale, *_ in rows(FORBIDDEN) if found_as == code}

    assert common.refused[row].lint == code
    assert row in common.lint[code].rows
    assert tried == {"en", "fr", "zh_Hans", "zh_Hant"}


def test_every_entry_is_tried() -> None:
    known = {code for pack in packs().packs.values() for code in pack.lint}

    assert known == {row[0] for row in rows(FORBIDDEN)}


@pytest.mark.parametrize(("text", "wrong"), [
    ("Nous vous proposons un rabais de 50 %.", False), ("Nous vous proposons un rabais de 51 %.", True),
    ("un rabais de 50,5 %", True), ("un rabais de 49,99 %", False),
    ("remboursement intégral, soit 100 %", False), ("部分退款50%", False), ("部分退款51%", True),
    ("a partial refund of 50%", False), ("a partial refund of 60%", True),
])
def test_a_number_is_compared_with_the_marketplaces_rule(text: str, wrong: bool) -> None:
    assert ("discount_above_cap" in found(text)) is wrong
    assert "discount_above_cap" not in found(text, "aliexpress")


@pytest.mark.parametrize(("text", "marketplace", "codes"), [
    ("Vous serez remboursé sous 14 jours", "rakuten_fr", []),
    ("Vous serez remboursé sous 15 jours", "rakuten_fr", ["refund_late"]),
    ("Vous serez remboursé sous 15 jours", "aliexpress", []),
    ("退货后7天内为您退款", "taobao", []), ("退货后8天内为您退款", "taobao", ["refund_late"]),
    ("7天无理由退货", "tmall", []), ("6天无理由退货", "tmall", ["withdrawal_shortened"]),
    ("7天无理由退货", "rakuten_fr", ["withdrawal_shortened"]),
    ("Vous avez 14 jours pour vous rétracter", "rakuten_fr", []),
    ("Vous avez 13 jours pour vous rétracter", "rakuten_fr", ["withdrawal_shortened"]),
    ("la garantie légale de 2 ans", "rakuten_fr", []),
    ("la garantie légale de 1 an", "rakuten_fr", ["guarantee_shortened"]),
    ("la garantie légale de 24 mois", "rakuten_fr", []),
    ("la garantie légale de 23 mois", "rakuten_fr", ["guarantee_shortened_months"]),
])
def test_a_right_is_never_made_smaller_than_the_law_has_it(text: str, marketplace: str, codes: list[str]) -> None:
    assert found(text, marketplace) == codes


def test_annulation_is_only_wrong_where_the_buyers_own_act_is_meant() -> None:
    assert found("Vous souhaitez annuler votre commande.") == ["cancellation_for_withdrawal"]
    assert found("Votre commande a été annulée par Rakuten.") == []
    assert found("Vous pouvez annuler votre réclamation.") == []
    assert found("La vente est annulée. Vous souhaitez autre chose ?") == []
    assert found("Vous souhaitez annuler votre commande.", "amazon_fr") == []


def test_a_video_may_be_named_but_not_to_a_french_consumer() -> None:
    assert found("Merci d'envoyer une vidéo") == ["video_demanded"]
    assert found("You may send a video", locale="en") == ["video_demanded"]
    assert found("Merci d'envoyer une vidéo", "aliexpress") == ["video_demanded"]
    assert found("You may send a video", "taobao", "en") == []


# spellings

@pytest.mark.parametrize("text", [
    "ｗｅｃｈａｔ", "we\u200bchat", "W\u00adeChat", "We Chat", "加微信", "加Ｖ：abc", "薇信", "whats\u00a0app",
])
def test_words_in_disguise_are_found_and_shown_as_they_were_written(text: str) -> None:
    (finding, *_) = lint(f"Bonjour {text} merci", "unknown", "fr", packs())

    assert finding.code == "contact_details"
    assert f"Bonjour {text} merci"[finding.start:finding.end] == finding.text
    assert finding.text in text


def test_accents_case_and_script_make_no_difference() -> None:
    texts = ("我们保证明天到货", "我們保證明天到貨", "Réponse AUTOMATIQUE", "reponse automatique", "je n’y peux rien")
    for text in texts:
        assert [finding.severity for finding in lint(text, "unknown", "fr", packs())] == ["error"], text


def test_a_finding_counts_in_characters_of_the_original() -> None:
    text = "\u200b😀 Réponse\r\n\u00a0: écrivez à moi@example.com"
    (finding,) = lint(text, "rakuten_fr", "fr", packs())

    assert finding == Finding(text.index("moi@"), len(text), "moi@example.com",
                              "Contact details lead the buyer away from the marketplace.", "common.email_address")


@pytest.mark.parametrize("piece", [
    "a", "1", "+1 1 ", "a.", "http://", "a@", "保证", "annul ", "rembours ", "vous annuler ", "livraison 1 ", "请您",
    "no ",
])
def test_a_long_hostile_message_is_read_in_time_that_grows_with_it(piece: str) -> None:
    def seconds(size: int) -> float:
        text = (piece * size)[:size]
        start = time.process_time()
        lint(text, "rakuten_fr", "fr", packs())
        return time.process_time() - start

    seconds(1000)
    short, long = seconds(20_000), seconds(160_000)

    assert long < 30 * max(short, 0.02)  # eight times as long; squared it would be sixty-four times


# where the words come from

def test_an_unknown_marketplace_has_what_is_common_to_all() -> None:
    assert lint("paypal", "unknown", "en", packs())[0].reason == (
        "Money goes through the marketplace, by the buyer's own means of payment.")
    assert {rule for rule, _ in entries(packs(), "unknown")} == {
        f"common.{code}" for code in packs().packs["common"].lint}


def test_a_marketplaces_own_entry_takes_the_place_of_the_common_one() -> None:
    ids = {rule for rule, _ in entries(packs(), "taobao")}

    assert "alibaba_cn.payment_elsewhere" in ids
    assert "common.payment_elsewhere" not in ids
    assert found("退款会退到您的支付宝", "taobao", "zh_Hans") == []


@pytest.mark.parametrize("locale", ["fr", "zh_Hans", "zh_Hant"])
def test_every_reason_is_told_in_the_agents_language(locale: str) -> None:
    catalogue = macros().catalogue(locale)
    reasons = {entry.reason for pack in packs().packs.values() for entry in pack.lint.values()}

    assert len(reasons) > 20
    assert not [reason for reason in reasons if catalogue.get(reason) == reason]


def test_check_holds_every_macro_against_the_words(tmp_path: Path) -> None:
    shutil.copytree(str(files("comptoir.templates")), tmp_path / "templates")
    macro = tmp_path / "templates/buyer/other/acknowledge.txt.j2"
    macro.write_text(macro.read_text("utf-8") + "\nWe guarantee it. {{ shop }}", "utf-8")

    told = [fault.message for fault in proofread.check(packs(), tmp_path / "templates") if "rove" not in fault.message]
    assert any("Promise nothing that is not in your hands" in message and "common.promised_absolutely" in message
               for message in told), told


# the command

def run(*arguments: object, stdin: str = "") -> Done:
    return typed("lint", *arguments, stdin=stdin)


def test_the_command_prints_json_and_ends_with_0_when_all_is_well() -> None:
    done = run("--marketplace", "rakuten_fr", "--locale", "fr", "-", stdin="Bonjour, merci pour votre message.\n")

    assert (done.returncode, json.loads(done.stdout), done.stderr) == (0, [], "")


def test_the_command_ends_with_0_on_a_warning_and_with_1_on_an_error(tmp_path: Path) -> None:
    draft = tmp_path / "draft.txt"
    draft.write_bytes("我们一定会尽快处理".encode())
    warned = run("--marketplace", "taobao", "--locale", "zh_Hans", str(draft))
    draft.write_bytes("Bonjour,\r\nécrivez-moi sur WhatsApp".encode())
    failed = run("--marketplace", "rakuten_fr", "--locale", "fr", "--agent-locale", "zh_Hans", str(draft))

    assert warned.returncode == 0
    assert [one["severity"] for one in json.loads(warned.stdout)] == ["warning"]
    assert failed.returncode == 1
    assert json.loads(failed.stdout) == [{
        "start": 26, "end": 34, "text": "WhatsApp", "reason": "联系方式会把买家引到平台之外。",
        "rule": "common.contact_details", "severity": "error",
    }]


def test_the_command_has_a_table_for_people() -> None:
    done = run("--marketplace", "rakuten_fr", "--locale", "fr", "--table", "-", stdin="Bonjour\n[red]paypal[/]\n")

    assert done.returncode == 1
    assert "paypal" in done.stdout
    assert "common.payment_elsewhere" in done.stdout


@pytest.mark.parametrize(("arguments", "words"), [
    (["--marketplace", "rakuten", "--locale", "fr", "-"], "rakuten: there is none; did you mean 'rakuten_fr'?"),
    (["--marketplace", "rakuten_fr", "--locale", "de", "-"], "--locale de: there is none; allowed are en, fr, zh_Hans"),
    (["--marketplace", "rakuten_fr", "--locale", "fr", "--agent-locale", "x", "-"], "--agent-locale x: there is none"),
    (["--marketplace", "rakuten_fr", "--locale", "fr", "/nowhere/draft.txt"], "/nowhere/draft.txt: cannot be read"),
])
def test_bad_input_is_one_clear_line_and_exit_2(arguments: list[str], words: str) -> None:
    done = run(*arguments)

    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
