"""Replies: what is never offered, what comes first, in which language, and the words themselves beside golden files.

`python tests/test_reply.py` writes the golden files anew; read the difference before you commit it.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from conftest import macros, packs

from comptoir import deadlines, proofread, reply, rules
from comptoir import macros as macros_module
from comptoir.catalogue import po_path
from comptoir.classify.case import Case
from comptoir.clock import Team
from comptoir.deadlines import Running
from comptoir.errors import BadInput, BadPack
from comptoir.reply import Reply
from comptoir.ticket import Facts

HERE = Path(__file__).parent
GOLDEN = HERE / "golden"
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
TRACKED = {"order.number": "123456/7890123", "shipping.tracking_number": "LX123456785CN"}


def offered(
    case: Case, facts: dict[str, str] | None = None, locale: str = "en", agent: str = "en"
) -> tuple[Reply, ...]:
    return reply.replies(
        macros(), case, Facts().with_(facts or {}), Running(), packs(), shop="Shop", locale=locale, agent_locale=agent,
        now=NOW,
    )


def case(issue: str, marketplace: str = "rakuten_fr", sender: Any = "buyer", **labels: Any) -> Case:
    return Case(issue=issue, marketplace=marketplace, sender=sender, confidence=0.9, **labels)


# what must not happen

@pytest.mark.parametrize("issue", rules.ISSUES)
def test_the_platform_is_never_sent_a_buyers_reply(issue: str) -> None:
    made = offered(case(issue, sender="platform"), TRACKED)

    assert made[0].audience == "platform"
    assert "buyer" not in {one.audience for one in made}


@pytest.mark.parametrize("issue", rules.ISSUES)
def test_a_carrier_is_sent_nothing_that_is_meant_for_a_buyer_or_a_platform(issue: str) -> None:
    assert {one.audience for one in offered(case(issue, sender="carrier"), TRACKED)} <= {"carrier", "agent"}


@pytest.mark.parametrize("issue", rules.ISSUES)
def test_somebody_else_is_offered_no_answer_only_colleagues_are_told(issue: str) -> None:
    assert {one.audience for one in offered(case(issue, sender="other"), TRACKED)} <= {"agent"}


def test_a_message_for_colleagues_is_never_the_suggested_reply() -> None:
    assert offered(case("item_not_received", sender="other"))
    assert reply.best(offered(case("item_not_received", sender="other"))) is None
    assert offered(case("service_or_review_complaint"))[-1].audience == "agent"


@pytest.mark.parametrize("sender", ["unknown", "platform", "buyer"])
def test_who_may_only_pretend_to_be_the_platform_is_offered_nothing(sender: str) -> None:
    assert offered(case("claim_opened", sender=sender))
    assert not offered(case("claim_opened", sender=sender, risks=("verify_sender",)))


@pytest.mark.parametrize("issue", rules.ISSUES)
def test_an_unknown_sender_is_never_sent_a_statement_first(issue: str) -> None:
    assert offered(case(issue, sender="unknown"), TRACKED)[0].audience == "buyer"


def test_a_macro_of_one_marketplace_is_not_offered_on_another() -> None:
    names = {one.macro for one in offered(case("cancel_before_shipment", "taobao"))}

    assert "buyer/cancel_before_shipment/hold_and_refund" in names
    assert not {name for name in names if "rakuten" in name}


def test_the_seller_never_offers_a_buyer_on_rakuten_to_cancel_for_him() -> None:
    names = {one.macro for one in offered(case("cancel_before_shipment"), TRACKED)}

    assert "buyer/cancel_before_shipment/hold_and_refund" not in names


@pytest.mark.parametrize(("asked_on", "too_late"), [
    (datetime(2026, 10, 22, 9, tzinfo=UTC), True), (datetime(2026, 10, 24, 9, tzinfo=UTC), False), (None, False),
])
def test_that_something_was_not_done_in_time_is_only_said_once_its_clock_has_run_out(
    asked_on: datetime | None, too_late: bool
) -> None:
    facts = Facts().with_({"warranty.requested_at": asked_on} if asked_on else {})
    labelled = case("warranty_claim", stage="delivered")
    clocks = packs().rules_for("rakuten_fr")
    running = deadlines.run(labelled, facts, clocks, message_at=NOW, now=NOW, team=Team())
    made = reply.replies(macros(), labelled, facts, running, packs(), shop="", locale="en", agent_locale="en", now=NOW)

    assert ("buyer/warranty_claim/not_repaired_in_time" in {one.macro for one in made}) == too_late


@pytest.mark.parametrize("state", ["none", "invalid", "stale", "delivered"])
def test_a_tracking_number_that_does_not_help_is_not_sent(state: str) -> None:
    names = {one.macro for one in offered(case("item_not_received"), {**TRACKED, "shipping.tracking_status": state})}

    assert "buyer/item_not_received/send_tracking" not in names


@pytest.mark.parametrize("locale", ["en", "fr", "zh_Hans", "zh_Hant"])
def test_no_reply_asks_for_a_video_or_says_a_number_that_no_rule_gave(locale: str) -> None:
    for macro in macros().macros.values():
        for context, message in macro.messages:
            words = macros().catalogue(locale).get(message, context)
            assert not re.search(r"\d|vid[eé]o|视频|影片|視頻", re.sub(r"%\(\w+\)s", "", words)), words


# order

def test_the_issue_comes_before_what_is_general_and_the_marketplace_before_all() -> None:
    names = [one.macro for one in offered(case("withdrawal_change_of_mind", "taobao"))]

    assert names[0] == "buyer/withdrawal_change_of_mind/return_on_taobao"
    assert [name for name in names if name.startswith("buyer/")][-1] == "buyer/other/acknowledge"


def test_the_primary_issue_comes_before_the_others() -> None:
    names = [one.macro for one in offered(case("damaged_item", also=("missing_parts",)))]

    assert names.index("buyer/damaged_item/ask_photos") < names.index("buyer/missing_parts/send_or_refund_part")


def test_a_buyer_who_wants_out_on_rakuten_is_answered_first_and_the_platform_told_next() -> None:
    audiences = [one.audience for one in offered(case("cancel_before_shipment"), TRACKED, locale="fr")]

    assert audiences == sorted(audiences, key=["buyer", "platform", "carrier", "agent"].index)
    assert {"buyer", "platform"} <= set(audiences)


def test_a_macro_that_lacks_a_fact_comes_last_without_text_and_says_which() -> None:
    made = offered(case("item_not_received"))
    without = {one.macro: one for one in made if one.missing}

    assert not any(one.missing for one in made[:-len(without)])
    lacking = without["buyer/item_not_received/send_tracking"]
    assert (lacking.text, lacking.agent_copy, lacking.missing) == ("", "", ("shipping.tracking_number",))


def test_another_stage_is_left_out_and_an_unknown_one_is_not() -> None:
    def names(stage: str) -> set[str]:
        return {one.macro for one in offered(case("not_shipped_or_out_of_stock", stage=stage))}

    wanted = "buyer/not_shipped_or_out_of_stock/announce_delay"
    assert wanted in names("pre_ship") & names("unknown")
    assert wanted not in names("delivered")


@pytest.mark.parametrize(("issue", "marketplace", "stage", "wanted"), [
    ("cancel_before_shipment", "rakuten_fr", "unknown", "cancel_before_shipment/ask_rakuten"),
    ("cancel_before_shipment", "rakuten_fr", "in_transit", "cancel_before_shipment/already_left_rakuten"),
    ("cancel_before_shipment", "taobao", "unknown", "cancel_before_shipment/hold_and_refund"),
    ("cancel_before_shipment", "taobao", "in_transit", "cancel_before_shipment/already_left"),
    ("withdrawal_change_of_mind", "rakuten_fr", "delivered", "withdrawal_change_of_mind/withdraw_on_rakuten"),
    ("withdrawal_change_of_mind", "rakuten_fr", "return", "withdrawal_change_of_mind/refund_after_withdrawal"),
    ("withdrawal_change_of_mind", "jd", "return", "withdrawal_change_of_mind/refund_after_return"),
    ("warranty_claim", "amazon_de", "delivered", "warranty_claim/legal_guarantee"),
    ("warranty_claim", "aliexpress", "delivered", "warranty_claim/check_guarantee"),
])
def test_what_comes_first_follows_how_far_the_order_is(issue: str, marketplace: str, stage: str, wanted: str) -> None:
    assert offered(case(issue, marketplace, stage=stage))[0].macro == f"buyer/{wanted}"


@pytest.mark.parametrize("issue", rules.ISSUES)
@pytest.mark.parametrize("marketplace", ["rakuten_fr", "aliexpress", "taobao", "unknown"])
def test_no_reply_that_settles_or_closes_comes_before_the_first_answer(issue: str, marketplace: str) -> None:
    settled = {"lost", "refund_in_full", "on_its_way", "confirm_agreed", "not_repaired_in_time", "all_settled",
               "thanks_for_a_review"}

    for stage in ("unknown", "delivered", "claim"):
        assert offered(case(issue, marketplace, stage=stage))[0].macro.rpartition("/")[2] not in settled


@pytest.mark.parametrize("issue", ["counterfeit_complaint", "defective_item", "payment_chargeback"])
@pytest.mark.parametrize(("locale", "marketplace"), [
    ("zh_Hans", "taobao"), ("zh_Hans", "aliexpress"), ("zh_Hant", "taobao"), ("zh_Hant", "shopee"),
])
def test_nobody_is_wished_a_nice_day_who_fears_a_fake_a_danger_or_a_fraud(
    issue: str, locale: str, marketplace: str
) -> None:
    own = {one.macro: one.text for one in offered(case(issue, marketplace), locale=locale)
           if one.macro.startswith((f"buyer/{issue}/", "buyer/other/"))}

    assert len(own) > 2
    assert not [name for name, text in own.items() if re.search("愉快|[顺順]心|美好", text)]


# language

@pytest.mark.parametrize(("language", "marketplace", "wanted"), [
    ("zh_Hant", "rakuten_fr", "zh_Hant"), ("unknown", "rakuten_fr", "fr"), ("unknown", "unknown", "zh_Hans"),
])
def test_the_locale_is_the_tickets_then_the_marketplaces_then_the_desks(
    language: str, marketplace: str, wanted: str
) -> None:
    pack = packs().packs.get(marketplace)

    assert reply.reply_locale(case("other", marketplace, language=language), pack, "zh_Hans") == wanted


def test_the_platform_is_answered_in_the_marketplaces_language_with_a_copy_for_the_agent() -> None:
    first = offered(case("tracking_problem", sender="platform"), TRACKED, locale="zh_Hans", agent="zh_Hans")[0]

    assert (first.macro, first.locale) == ("platform/tracking_supplied", "fr")
    assert "Numéro de suivi\u202f: LX123456785CN" in first.text
    assert "物流单号：LX123456785CN" in first.agent_copy


@pytest.mark.parametrize(("sender", "wanted"), [("carrier", "fr"), ("buyer", "en")])
def test_a_carrier_is_written_to_in_its_own_language_if_it_wrote_and_else_in_the_agents(
    sender: str, wanted: str, tmp_path: Path
) -> None:
    loaded = reply.load(templates_with(tmp_path, "{#---\ntitle: Order\nsenders: [buyer, carrier]\n---#}\n"
                                                 "{% trans %}Order{% endtrans %}\n", "carrier/broken"),
                        catalogues_with(tmp_path, "Order"))

    made = reply.replies(loaded, case("other", sender=sender), Facts(), Running(), packs(), shop="Shop", locale="fr",
                         agent_locale="en", now=NOW)
    assert [one.locale for one in made] == [wanted]


def test_colleagues_are_told_in_their_own_language(tmp_path: Path) -> None:
    loaded = reply.load(templates_with(tmp_path, "{#---\ntitle: Order\n---#}\n{% trans %}Order{% endtrans %}\n",
                                       "internal/broken"), catalogues_with(tmp_path, "Order"))

    made = reply.replies(loaded, case("other"), Facts(), Running(), packs(), shop="Shop", locale="fr",
                         agent_locale="zh_Hans", now=NOW)
    assert [(one.audience, one.locale, one.agent_copy) for one in made] == [("agent", "zh_Hans", "")]


def test_a_marketplace_that_works_in_english_is_answered_in_its_mails_language() -> None:
    first = offered(case("tracking_problem", "aliexpress", "platform"), TRACKED, locale="zh_Hans")[0]

    assert first.locale == "zh_Hans"


def test_the_copy_is_empty_when_the_agent_reads_the_replys_own_language() -> None:
    assert offered(case("damaged_item"), locale="fr", agent="fr")[0].agent_copy == ""


def test_buyers_on_taobao_are_greeted_as_there_and_nobody_else() -> None:
    assert offered(case("damaged_item", "taobao"), locale="zh_Hans")[0].text.startswith("亲，您好！")
    assert offered(case("damaged_item", "taobao"), locale="zh_Hant")[0].text.startswith("您好！")
    assert offered(case("damaged_item", "aliexpress"), locale="zh_Hans")[0].text.startswith("您好！")


def test_a_sentence_without_its_translation_turns_the_whole_macro_english(tmp_path: Path) -> None:
    po = copied_locales(tmp_path) / "fr/LC_MESSAGES/comptoir.po"
    sentence = "Nous regrettons que votre article soit arrivé endommagé."
    po.write_text(po.read_text("utf-8").replace(sentence, ""), "utf-8")
    loaded = reply.load(None, tmp_path / "locales")

    damaged = reply.render(loaded, "buyer/damaged_item/ask_photos", "fr", Facts())
    assert damaged.locale == "en"
    assert damaged.text.startswith("Hello,\n\nWe are sorry that your item arrived damaged.")
    assert reply.render(loaded, "buyer/other/acknowledge", "fr", Facts()).locale == "fr"


def test_a_template_tag_in_a_translation_is_never_executed(tmp_path: Path) -> None:
    po = copied_locales(tmp_path) / "fr/LC_MESSAGES/comptoir.po"
    po.write_text(po.read_text("utf-8").replace("Nous l’avons lu", "{{ 7*7 }}{# #}"), "utf-8")

    assert "{{ 7*7 }}{# #}" in reply.render(reply.load(None, tmp_path / "locales"), "buyer/other/acknowledge", "fr",
                                            Facts()).text


@pytest.mark.parametrize("slip", ["100 %", "%(when)s", "{% include '/etc/passwd' %}"])
def test_a_translation_that_could_not_be_filled_in_counts_as_none(slip: str, tmp_path: Path) -> None:
    po = copied_locales(tmp_path) / "fr/LC_MESSAGES/comptoir.po"
    po.write_text(po.read_text("utf-8").replace("Nous l’avons lu", slip), "utf-8")

    made = reply.render(reply.load(None, tmp_path / "locales"), "buyer/other/acknowledge", "fr", Facts())
    assert (made.locale, made.missing) == ("en", ())


def copied_locales(into: Path) -> Path:
    shutil.copytree(str(files("comptoir.locales")), into / "locales")
    return into / "locales"


# facts

def test_a_condition_on_an_unknown_fact_never_fires_either_way(tmp_path: Path) -> None:
    made = one_macro(tmp_path, '{% if order.virtual %}a{% endif %}{% if not order.virtual %}d{% endif %}'
                               '{% if shipping.mode == "normal" %}c{% endif %}'
                               '{% if shipping.mode != "normal" %}b{% endif %}')

    assert made.text == "d"


def test_printing_an_unknown_fact_stops_the_reply(tmp_path: Path) -> None:
    made = one_macro(tmp_path, "Total: {{ order.total|money(order.currency) }}")

    assert (made.text, made.missing) == ("", ("order.total",))


@pytest.mark.parametrize("typed", ["{{7*7}}", "{% for %}", "a\n\nb", "x" * 5000])
def test_a_fact_somebody_typed_is_one_short_line_without_braces(typed: str) -> None:
    made = reply.render(macros(), "platform/buyer_wants_to_cancel", "en", Facts().with_({"order.number": typed}))

    assert len(made.text) < 600
    assert "{" not in made.text
    assert "a\n" not in made.text


def test_numbers_and_days_come_from_the_rule_of_the_day() -> None:
    made = reply.render(macros(), "buyer/warranty_claim/open_guarantee", "fr", Facts(), packs=packs(),
                        marketplace="rakuten_fr", now=NOW)
    before = reply.render(macros(), "buyer/warranty_claim/open_guarantee", "fr", Facts(), packs=packs(),
                          marketplace="rakuten_fr", now=datetime(1999, 1, 1, tzinfo=UTC))

    assert "dans un délai de 30 jours" in made.text
    assert before.missing == ("rule:warranty_repair",)


def test_a_macro_or_locale_that_does_not_exist_is_named_with_those_that_do() -> None:
    with pytest.raises(BadInput, match=r"no macro 'x'; there are buyer/"):
        reply.render(macros(), "x", "en", Facts())
    with pytest.raises(BadInput, match=r"no locale 'de'; there are en, fr, zh_Hans, zh_Hant"):
        reply.render(macros(), "buyer/other/acknowledge", "de", Facts())


def one_macro(tmp_path: Path, words: str) -> Reply:
    return reply.render(reply.load(templates_with(tmp_path, "{#---\ntitle: A title\n---#}\n" + words)),
                        "buyer/other/broken", "en", Facts())


def templates_with(tmp_path: Path, source: str, macro: str = "buyer/other/broken") -> Path:
    """A folder with one macro, the shipped names and a note."""
    shipped, made = Path(str(files("comptoir.templates"))), tmp_path / "templates"
    for file in (macros_module.NOTE, macros_module.NAMES):
        (made / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(shipped / file, made / file)
    (made / f"{macro}.txt.j2").parent.mkdir(parents=True, exist_ok=True)
    (made / f"{macro}.txt.j2").write_text(source, "utf-8")
    return made


def catalogues_with(tmp_path: Path, msgid: str) -> Path:
    """Every shipped locale with one message, translated to its own locale's name."""
    for locale in macros().locales:
        file = tmp_path / "locales" / po_path(locale)
        file.parent.mkdir(parents=True)
        file.write_text(f'msgid ""\nmsgstr ""\n"Language: {locale}\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
                        f'\nmsgid "{msgid}"\nmsgstr "{locale}"\n', "utf-8")
    return tmp_path / "locales"


# faults

BROKEN_FILES = tuple((HERE / "templates_broken").iterdir())
BROKEN = {
    "passwd": r"broken.txt.j2:4: no file '/etc/passwd' below templates/",
    "parent": r":4: no file '../plugin/comptoir/cli.py'",
    "dynamic": r":4: an include names its file in quotes",
    "itself": r"includes itself",
    "dunder": r":4: '__(class|mro)__': names with an underscore in front are closed",
    "loop": r":4: for is not allowed in a reply",
    "multiply": r":4: mul is not allowed in a reply",
    "assignment": r":4: assign is not allowed in a reply",
    "jinja_macro": r":4: macro is not allowed in a reply",
    "call": r":4: only rule\(...\) and deadline\(...\) can be called",
    "fact": r":4: no such fact order.numbr; did you mean 'order.number'",
    "name": r":4: unknown name 'ordr'; a template may use asked, claim, deadline",
    "filter": r":4: No filter named 'eval'",
    "syntax": r":4: Unexpected end of template",
    "no_head": r":1: no head; the first line is",
    "no_title": r":2: the key 'title' is missing",
    "unknown_key": r":3: unknown key 'rnk'; did you mean 'rank'",
    "double_key": r":4: the key 'rank' stands here twice",
    "wrong_issue": r":3: unknown issue code 'item_not_recieved'; did you mean 'item_not_received'",
    "wrong_fact": r":3: unknown fact 'order.numbr'; did you mean 'order.number'",
    "wrong_after": r":1: after: warranty_repair is not among its rules",
    "wrong_unless": r":3: 'lost' can never be the value of shipping.tracking_status",
    "not_yaml": r":[23]: not YAML",
}


@pytest.mark.parametrize("name", sorted(path.name.partition(".")[0] for path in BROKEN_FILES))
def test_a_broken_template_is_refused_with_its_line(name: str, tmp_path: Path) -> None:
    source = (HERE / "templates_broken" / f"{name}.txt.j2").read_text("utf-8")

    with pytest.raises(BadPack, match=BROKEN[name]):
        reply.load(templates_with(tmp_path, source))


@pytest.mark.parametrize(("name", "words"), [("syntax", r"fr/LC_MESSAGES/comptoir.po:6: not a PO file"),
                                             ("latin1", r"comptoir.po:6: not UTF-8")])
def test_a_broken_catalogue_is_refused_with_its_line(name: str, words: str, tmp_path: Path) -> None:
    shutil.copy(HERE / "locales_broken" / f"{name}.po", copied_locales(tmp_path) / "fr/LC_MESSAGES/comptoir.po")

    with pytest.raises(BadPack, match=words):
        reply.load(None, tmp_path / "locales")


# the helpdesk's own macros

def in_zendesk(path: str) -> str | None:
    known = {"order.number": "{{ticket.ticket_field_1}}", "shipping.tracking_number": "{{ticket.ticket_field_2}}"}
    return known.get(path)


@pytest.mark.parametrize("locale", ["en", "fr", "zh_Hans", "zh_Hant"])
def test_a_native_macro_holds_no_template_tag_but_the_helpdesks_own(locale: str) -> None:
    for macro_id in macros().macros:
        parts = reply.native(macros(), macro_id, locale, in_zendesk, packs(), shop="{{shop}}")
        rest = parts.text.replace("{{ticket.ticket_field_1}}", "").replace("{{ticket.ticket_field_2}}", "")
        assert "{" not in rest
        assert bool(parts.text) != bool(parts.missing)


def test_a_native_macro_is_titled_like_a_menu_in_its_language() -> None:
    macro = "buyer/withdrawal_change_of_mind/withdraw_on_rakuten"
    parts = reply.native(macros(), macro, "zh_Hans", in_zendesk, packs())

    assert parts.title == "法国乐天::撤回或无理由退货::说明在乐天如何撤回购买"
    assert "14天" in parts.text


def test_a_native_macro_for_all_marketplaces_says_so() -> None:
    parts = reply.native(macros(), "buyer/item_not_received/send_tracking", "fr", in_zendesk, packs())

    assert parts.title == "Toutes les places de marché::Colis non reçu::Envoyer le numéro de suivi"
    assert "avec le numéro {{ticket.ticket_field_2}}." in parts.text
    assert "ticket_field_1" not in parts.text  # the order number may be empty on a ticket; the macro does without


def test_a_native_macro_that_needs_what_the_helpdesk_does_not_know_has_no_text() -> None:
    parts = reply.native(macros(), "buyer/partial_refund/propose", "fr", in_zendesk, packs())

    assert (parts.text, parts.missing) == ("", ("refund.amount", "order.currency"))


@pytest.mark.parametrize("locale", ["en", "fr", "zh_Hans", "zh_Hant"])
def test_no_two_native_macros_share_a_title(locale: str) -> None:
    titles = [reply.native(macros(), macro_id, locale, in_zendesk, packs()).title for macro_id in macros().macros]

    assert len(set(titles)) == len(titles)


# the words

def golden(macro_id: str) -> str:
    """One macro with every sample that fits it, in every locale."""
    return "\n".join(_sections(macro_id))


def _sections(macro_id: str) -> Iterator[str]:
    macro = macros().macros[macro_id]
    for name, sample in proofread.read_samples(files("comptoir.templates")).items():
        if macro.marketplaces and sample.marketplace not in macro.marketplaces:
            continue
        for locale in macros().locales:
            made = reply.render(macros(), macro_id, locale, sample.facts, packs=packs(), marketplace=sample.marketplace,
                                shop=sample.shop, now=NOW, deadlines=sample.deadlines)
            yield f"===== {name} · {locale} · {made.title}\n{made.text or f'missing: {made.missing}'}\n"


@pytest.mark.parametrize("macro_id", sorted(macros().macros))
def test_the_words_are_those_of_the_golden_file(macro_id: str) -> None:
    assert golden(macro_id) == (GOLDEN / f"{macro_id}.txt").read_text("utf-8")


@pytest.mark.parametrize("macro_id", sorted(macros().macros))
def test_every_macro_is_filled_by_a_sample(macro_id: str) -> None:
    macro = macros().macros[macro_id]
    fitting = [
        sample for sample in proofread.read_samples(files("comptoir.templates")).values()
        if sample.marketplace not in macro.not_on
        and (not macro.marketplaces or sample.marketplace in macro.marketplaces)
    ]
    made = [
        reply.render(macros(), macro_id, "en", sample.facts, packs=packs(), marketplace=sample.marketplace,
                     shop=sample.shop, now=NOW, deadlines=sample.deadlines)
        for sample in fitting
    ]

    assert any(one.text for one in made), f"no sample in templates/samples.yaml fills {macro_id}"


def test_no_golden_file_is_left_over() -> None:
    found = {str(path.relative_to(GOLDEN).with_suffix("")) for path in GOLDEN.rglob("*.txt")}

    assert found == set(macros().macros)


if __name__ == "__main__":
    for macro_id in macros().macros:
        file = GOLDEN / f"{macro_id}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(golden(macro_id), "utf-8")
