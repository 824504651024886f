"""The proofreader: the shipped words are clean, and each kind of slip is found, one at a time."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest
from conftest import packs

from comptoir import proofread, translation
from comptoir.errors import BadPack
from comptoir.proofread import differences, typography

FR = "locales/fr/LC_MESSAGES/comptoir.po"
NAMES = "templates/names.yaml"
ACKNOWLEDGE = "templates/buyer/other/acknowledge.txt.j2"
PROPOSE = "templates/buyer/partial_refund/propose.txt.j2"
INVOICE = "  invoice_request: Invoice\n"


def faults(words: Path) -> list[str]:
    return [str(fault) for fault in proofread.check(packs(), words / "templates", words / "locales")]


def spoil(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


def test_the_shipped_words_are_clean() -> None:
    assert proofread.check(packs()) == []


def test_the_english_catalogue_covers_all_and_so_does_every_other() -> None:
    template = translation.extract(packs(), files("comptoir.templates"))
    for locale in ("en", "fr", "zh_Hans", "zh_Hant"):
        source = files("comptoir.locales").joinpath(f"{locale}/LC_MESSAGES/comptoir.po").read_bytes()
        catalog, _ = proofread.parse(source, locale, "x")
        assert catalog is not None
        assert translation.status(catalog, locale, template).percent == 100


@pytest.mark.parametrize(("spoiled", "complaint"), [
    (lambda at: spoil(at / FR, "Merci pour votre message. Nous l’avons lu et nous étudions votre demande.", ""),
     "not translated"),
    (lambda at: spoil(at / FR, "Votre commande est partie le %(day)s.", "Votre commande est partie."),
     "placeholders differ: %(day)s in English, none here"),
    (lambda at: spoil(at / FR, "Votre commande est partie le %(day)s.", "Votre commande est partie le %(jour)s."),
     "placeholders differ: %(day)s in English, %(jour)s here"),
    (lambda at: spoil(at / FR, "Envoyer le numéro de suivi", "Envoyer {{ order.number }}, le numéro de suivi"),
     "a template tag; a translation is text"),
    (lambda at: spoil(at / FR, "Envoyer le numéro de suivi", "Envoyer le <b>numéro</b> de suivi"), "HTML tags differ"),
    (lambda at: spoil(at / FR, "c’est le client qui souhaite se rétracter de sa commande",
                      "c’est le client qui souhaite annuler sa commande"), "glossary: not 'annul' for 'withdraw'"),
    (lambda at: spoil(at / FR, 'msgid "Invoice"', '#, fuzzy\nmsgid "Invoice"'), "fuzzy: read it again"),
    (lambda at: spoil(at / FR, 'msgid "Invoice"', 'msgid "Inv0ice"'), "nothing uses it any more"),
    (lambda at: spoil(at / FR, 'msgid "Invoice"', 'msgid "Inv0ice"'), "'Invoice' is not in the file"),
    (lambda at: spoil(at / "locales/comptoir.pot", 'msgid "Invoice"', 'msgid "Invoices"'), "not up to date"),
    (lambda at: spoil(at / "locales/glossary.csv", "term,locale", "word,locale"), "the columns are term,locale,use"),
    (lambda at: spoil(at / NAMES, INVOICE, ""), "issues: invoice_request has no name"),
    (lambda at: spoil(at / NAMES, INVOICE, f"{INVOICE}  bill: Bill\n"), "issues: nothing is called bill any more"),
    (lambda at: spoil(at / "templates/samples.yaml", "  marketplace: taobao", "  market: x"), "unknown key 'market'"),
    (lambda at: spoil(at / ACKNOWLEDGE, "rank: 10", "rank: 10\nrules: [no_such]"), "no rule 'no_such'"),
    (lambda at: spoil(at / ACKNOWLEDGE, "rank: 10", "rank: 10\nmarketplaces: [ebai]"), "no marketplace 'ebai'"),
    (lambda at: spoil(at / ACKNOWLEDGE, "rank: 10", "rnak: 10"), "unknown key 'rnak'"),
    (lambda at: spoil(at / ACKNOWLEDGE, "Thank you for your message.", "Write to us at shop@example.com."),
     "Contact details lead the buyer away"),
    (lambda at: spoil(at / PROPOSE, "needs: [refund.amount, order.currency]\n", ""),
     "prints refund.amount, which its head does not list under `needs`"),
])
def test_each_slip_is_found_and_named(words: Path, spoiled: Callable[[Path], None], complaint: str) -> None:
    spoiled(words)

    assert [line for line in faults(words) if complaint in line], faults(words)[:5]


def test_a_fault_in_one_locale_leaves_the_line_to_look_at(words: Path) -> None:
    spoil(words / FR, "Votre commande est partie le %(day)s.", "Votre commande est partie.")
    line = next(number for number, text in enumerate((words / FR).read_text("utf-8").splitlines(), start=1)
                if text == 'msgid "Your order left us on %(day)s."')

    assert [text for text in faults(words) if text.startswith(f"{FR}:{line}: 'Your order left us")]


@pytest.mark.parametrize(("string", "locale"), [
    ("Nous l’avons lu\u202f: merci\u202f!", "fr"), ("Le 1er à 14:30, «\u00a0ici\u00a0»", "fr"),
    ("您好！请在3天内回复（北京时间）。", "zh_Hans"), ("Comptoir 對這張工單沒有把握。", "zh_Hant"),
    ("Hello, it's fine!", "en"),
])
def test_good_typography_passes(string: str, locale: str) -> None:
    assert list(typography(string, locale)) == []


@pytest.mark.parametrize(("string", "locale", "rule"), [
    ("Merci !", "fr", "narrow no-break space"), ("Merci!", "fr", "narrow no-break space"),
    ("Numéro : 1", "fr", "narrow no-break space"), ("l'article", "fr", "the apostrophe is ’"),
    ("« ici »", "fr", "inside « and »"), ("“ici”", "fr", "quotation marks"), ("a  b", "en", "two spaces"),
    ("您好,请回复", "zh_Hans", "full-width"), ("您好!", "zh_Hans", "full-width"), ("单号:1", "zh_Hans", "full-width"),
    ("您 好", "zh_Hant", "no space stands"), ("(北京)時間", "zh_Hant", "brackets"),
    ("请稍等...", "zh_Hans", "ellipsis"),
])
def test_bad_typography_is_marked(string: str, locale: str, rule: str) -> None:
    assert [found for found in typography(string, locale) if rule in found]


@pytest.mark.parametrize(("english", "string"), [
    ("A %(a)s b.", "一%(a)s二。"), ("Which?", "哪个？"), ("as follows:", "如下："), ("100%% of", "100%% de"),
    ("Hello", "您好！"),
])
def test_a_faithful_translation_passes(english: str, string: str) -> None:
    assert list(differences(english, string)) == []


@pytest.mark.parametrize(("english", "string", "words"), [
    ("A %(a)s %(a)s", "%(a)s", "placeholders differ"), ("A", "A %", "a % sign too many"),
    ("A.", "A", "ends with '.'"), ("A", " A", "blanks at the beginning"), ("Which?", "Lequel.", "ends with '?'"),
])
def test_an_unfaithful_one_does_not(english: str, string: str, words: str) -> None:
    assert [found for found in differences(english, string) if words in found]


def test_a_sample_with_a_wrong_fact_is_refused_with_its_line(words: Path) -> None:
    spoil(words / "templates/samples.yaml", "mode: tracked", "mode: drone")

    with pytest.raises(BadPack, match=r"samples.yaml:\d+: 'drone' is not allowed for 'mode'"):
        proofread.read_samples(words / "templates")
