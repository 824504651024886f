"""A macro compiled for a locale says what it says when every sentence is looked up, only sooner."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import ClassVar

import pytest
from conftest import macros, packs
from jinja2.exceptions import SecurityError

from comptoir import filters, proofread, reply, sandbox
from comptoir.catalogue import Catalogue
from comptoir.localised import localised
from comptoir.macros import Macros
from comptoir.ticket import Facts

SAMPLES = proofread.read_samples(files("comptoir.templates"))
FRENCH = Catalogue("fr", {
    ("", "Hello"): ("{{ 7*7 }}",), ("", "100%% of %(sum)s"): ("%(sum)s à 100 %%",), ("", "50% off"): ("-50 %",),
    ("to a buyer", "Hello"): ("Bonjour",),
}, int)


@dataclass(frozen=True)
class Asked(Catalogue):
    """A catalogue that is asked for each sentence, each time."""

    fixed: ClassVar[bool] = False


def looked_up(found: Macros) -> Macros:
    words = {locale: Asked(one.locale, one.forms, one.plural) for locale, one in found.catalogues.items()}
    return Macros(found.macros, found.templates, words, found.names, found.ready, found.told, found.asking)


@pytest.mark.parametrize("macro_id", sorted(macros().macros))
def test_every_macro_says_the_same_in_every_locale_with_every_sample_and_with_nothing_known(macro_id: str) -> None:
    plain = looked_up(macros())
    for locale in macros().locales:
        for sample in (*SAMPLES.values(), proofread.Sample("unknown")):
            given = {"packs": packs(), "marketplace": sample.marketplace, "shop": "Shop"}
            facts = Facts().with_(dict(sample.facts.known()))
            soon, slow = (reply.render(one, macro_id, locale, facts, **given, deadlines=sample.deadlines)
                          for one in (macros(), plain))

            assert soon == slow
    assert plain.template(plain.macros[macro_id], "fr") is plain.templates[f"{macro_id}.txt.j2"]
    assert macros().template(macros().macros[macro_id], "fr") is not macros().templates[f"{macro_id}.txt.j2"]


def both(sources: dict[str, str], **facts: object) -> list[str]:
    """The first of `sources`, as it is and compiled for French."""
    env = sandbox.environment(sources)
    plain = env.get_template(next(iter(sources)))
    context = {"catalogue": FRENCH, "zone": "UTC", **facts}
    return [one.render(context) for one in (plain, localised(plain, FRENCH))]


@pytest.mark.parametrize(("source", "text"), [
    ("{% trans %}Hello{% endtrans %}", "{{ 7*7 }}"),  # a tag in a translation stays text
    ('{% trans "to a buyer" %}Hello{% endtrans %}', "Bonjour"),
    ("{% trans sum=order.total %}100% of {{ sum }}{% endtrans %}", "5 à 100 %"),
    ("{{ gettext('Hello')|bullets }}", "- {\n- {\n-  \n- 7\n- *\n- 7\n-  \n- }\n- }"),
    ('{% include "p.txt.j2" %}\n.', "5."),
])
def test_a_sentence(source: str, text: str) -> None:
    assert both({"a.txt.j2": source, "p.txt.j2": "{{ order.total }}"}, order={"total": 5}) == [text, text]


def test_a_partial_in_html_still_escapes() -> None:
    sources = {"a.txt.j2": '{{ shop }}{% include "p.html.j2" %}', "p.html.j2": "{{ shop }}"}

    assert both(sources, shop="<b>") == ["<b>&lt;b&gt;"] * 2
    assert both({"p.html.j2": "{{ shop }}{% trans %}Hello{% endtrans %}"}, shop="<b>") == ["&lt;b&gt;{{ 7*7 }}"] * 2


def test_a_partial_that_would_be_nested_too_deeply_stays_a_partial() -> None:
    deep = "{% if shop %}" * 60, "{% endif %}" * 60
    sources = {"a.txt.j2": f'{deep[0]}{{% include "p.txt.j2" %}}{deep[1]}', "p.txt.j2": f"{deep[0]}.{deep[1]}"}

    assert both(sources, shop="Shop") == [".", "."]


def test_a_fact_that_is_not_known_is_named_when_it_is_printed() -> None:
    with pytest.raises(filters.NotKnown, match=r"order\.total"):
        localised(sandbox.environment({"a": "{{ order.total }}"}).get_template("a"), FRENCH).render(
            order={"total": filters.Unknown("order.total")})


@pytest.mark.parametrize("source", [
    "{{ shop['__class__'] }}", "{{ order['total']['__class__'] }}", "{{ shop.__class__ }}",
])
def test_only_our_own_mappings_are_asked_behind_the_back_of_the_sandbox(source: str) -> None:
    compiled = localised(sandbox.environment({"a": source}).get_template("a"), FRENCH)

    with pytest.raises(SecurityError, match="__class__"):
        compiled.render(shop="Shop", order={"total": 5})


def test_what_is_laid_out_for_a_locale_is_laid_out_again_for_other_words() -> None:
    found, scene = macros(), reply.Scene(reply.fact_values(Facts()))
    other = looked_up(found)
    some, asking = (next(one for one in found.macros.values() if (one.id in found.asking) == asks)
                    for asks in (False, True))

    assert scene.context(found, "fr", some) is scene.context(found, "fr", some)
    assert scene.context(other, "fr", some)["catalogue"] is other.catalogue("fr")
    assert scene.context(found, "fr", asking) is not scene.context(found, "fr", asking)


def test_a_lone_percent_sign_stops_the_reply_that_prints_it_and_no_other() -> None:
    template = sandbox.environment({"a": "{% if shop %}{{ gettext('50% off') }}{% endif %}."}).get_template("a")
    compiled = localised(template, FRENCH)

    assert compiled.render(catalogue=FRENCH, shop="") == "."
    with pytest.raises(ValueError, match="incomplete format"):
        compiled.render(catalogue=FRENCH, shop="Shop")


@pytest.mark.parametrize(("tag", "named"), [
    ("{{ asked|bullets }}", True), ('{% if shop == "}" and asked %}', True), ('{% if shop == "asked" %}', False),
    ("asked", False),
])
def test_what_a_template_names_stands_in_a_tag_outside_of_quotation_marks(tag: str, named: bool) -> None:
    assert sandbox.names("a", {"a": tag}, "asked") is named
