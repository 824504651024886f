"""The catalogues' files: same messages, same bytes; what is new, moved or gone."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest
from conftest import packs

from comptoir import catalogue, translation
from comptoir.errors import BadInput, BadPack

ACKNOWLEDGE = "templates/buyer/other/acknowledge.txt.j2"


def update(words: Path) -> list[str]:
    return [path.name for path in translation.update(packs(), words / "templates", words / "locales")]


def po(words: Path, locale: str) -> Path:
    return words / "locales" / catalogue.po_path(locale)


def test_nothing_changes_where_nothing_changed(words: Path) -> None:
    assert update(words) == []


def test_a_line_that_moves_changes_no_file(words: Path) -> None:
    template = words / ACKNOWLEDGE
    template.write_text(template.read_text("utf-8").replace("---#}\n", "---#}\n\n\n\n"), "utf-8")

    assert update(words) == []


def test_a_catalogue_carries_no_day_and_no_line_number() -> None:
    text = translation.written(translation.extract(packs(), files("comptoir.templates"))).decode()

    assert "-Date:" not in text
    assert "#: templates/buyer/other/acknowledge.txt.j2\n" in text
    assert "#. In: Confirm that the message has been read\n" in text
    assert '#. Title of the rule rakuten_fr.support_reply, shown to agents\n' in text
    assert 'msgctxt "opening to a buyer on Taobao or Tmall"\n' in text


def test_a_reworded_sentence_is_proposed_as_fuzzy_with_its_old_text_and_not_used(words: Path) -> None:
    template = words / ACKNOWLEDGE
    reworded = template.read_text("utf-8").replace("We have read it and", "We have read it with care and")
    template.write_text(reworded, "utf-8")

    assert update(words) == ["comptoir.pot", *["comptoir.po"] * 4]
    french = po(words, "fr").read_text("utf-8")
    assert '#| msgid "Thank you for your message. We have read it and are looking into your request."' in french
    assert '"Merci pour votre message. Nous l’avons lu et nous étudions votre demande."' in french
    found = catalogue.read(words / "locales")[0]
    assert ("", "Thank you for your message. We have read it with care and are looking into your request.") not in (
        found["fr"].forms)
    assert ("", "Thank you for your message. We have read it with care and are looking into your request.") in (
        found["en"].forms)


def test_an_old_text_goes_with_the_next_update_and_a_translators_comment_stays(words: Path) -> None:
    french = po(words, "fr")
    beside = '#| msgid "An older sentence."\n#| "Its second line."\n# Said by telephone.\n'
    french.write_text(french.read_text("utf-8").replace("#. In:", f"{beside}#. In:", 1), "utf-8")

    assert update(words) == ["comptoir.po"]
    written = french.read_text("utf-8")
    assert "# Said by telephone.\n" in written
    assert "An older sentence" not in written
    assert "second line" not in written
    assert update(words) == []


def test_a_sentence_that_is_gone_leaves_the_files(words: Path) -> None:
    template = words / ACKNOWLEDGE
    head = template.read_text("utf-8").partition("---#}\n")[0]
    template.write_text(f"{head}---#}}\n", "utf-8")
    update(words)

    assert "We will come back to you" not in po(words, "fr").read_text("utf-8")
    assert "#~" not in po(words, "fr").read_text("utf-8")


def test_a_new_locale_starts_empty_and_with_its_own_plurals(words: Path) -> None:
    path = translation.init(packs(), words / "templates", words / "locales", "pl")
    text = path.read_text("utf-8")

    assert "# Polish messages of Comptoir" in text
    assert "nplurals=3" in text
    assert catalogue.read(words / "locales")[0]["pl"].forms == {}


@pytest.mark.parametrize(("locale", "reason"), [("fr", "is there already"), ("klingon", "is no locale")])
def test_a_locale_that_cannot_be_started_says_why(words: Path, locale: str, reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        translation.init(packs(), words / "templates", words / "locales", locale)


def test_status_counts_what_is_done_and_what_is_fuzzy(words: Path) -> None:
    text = po(words, "fr").read_text("utf-8").replace('msgid "Invoice"', '#, fuzzy\nmsgid "Invoice"')
    catalog, _ = catalogue.parse(text.replace('msgstr "Autre sujet"', 'msgstr ""').encode(), "fr", "x")
    assert catalog is not None
    template = translation.extract(packs(), words / "templates")

    found = translation.status(catalog, "fr", template)
    assert (found.total - found.done, found.fuzzy, found.percent) == (2, 1, 99)


def test_names_that_cannot_be_read_stop_the_extraction(words: Path) -> None:
    (words / "templates/names.yaml").write_text("issues: [a]\n", "utf-8")

    with pytest.raises(BadPack, match=r"names.yaml:1"):
        translation.extract(packs(), words / "templates")
