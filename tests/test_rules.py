"""Packs: what they hold when they are sound, and what is said of each fault, one broken file each."""

from __future__ import annotations

import json
import re
import shutil
from contextlib import suppress
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

import conftest
import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir import rules
from comptoir.checks import TAXONOMY
from comptoir.classify.case import Sender, Stage
from comptoir.errors import BadInput, BadPack
from comptoir.patterns import check_pattern
from comptoir.yamlfile import read

HERE = Path(__file__).parent
GOOD = HERE / "packs_good"
#: `<folder>.<file>.<fault>.yaml`, each beginning with `# line <n>: <words>` for every fault that must be told
BROKEN = sorted((HERE / "packs_broken").glob("*.yaml"))


#: explained in docs/reference/ticket.md
FACTS = {"Facts", "Order", "Shipping", "Claim", "Refund", "Return", "Warranty", "Seller", "PlatformMail"}
KEYS = ["kind", "name", "signals", "domains", "includes", "support_reply", "applies", "values", "due", "since", "other"]


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    """The sound packs, to be broken."""
    return Path(shutil.copytree(GOOD, tmp_path / "packs"))


def faults(root: Path) -> list[str]:
    with pytest.raises(BadPack) as caught:
        rules.load(root)
    assert "Traceback" not in str(caught.value)
    return [str(fault).removeprefix(f"{root}/") for fault in caught.value.faults]


@pytest.mark.parametrize("broken", BROKEN, ids=lambda path: path.stem)
def test_a_fault_is_told_with_its_line_and_what_is_allowed(broken: Path, packs: Path) -> None:
    folder, file, _ = broken.stem.split(".")
    target = f"{folder}/phrases/en.yaml" if file == "phrases" else f"{folder}/{file}.yaml"
    shutil.copy(broken, packs / target)
    expected = re.findall(r"^# line (\d+): (.+)$", broken.read_text(encoding="utf-8"), re.MULTILINE)

    told = faults(packs)

    assert expected
    assert len(told) == len(expected), told
    for said, (line, words) in zip(told, sorted(expected, key=lambda one: int(one[0])), strict=True):
        assert said.startswith(f"{target}:{line}: "), said
        assert words in said


def test_sound_packs_have_no_faults(packs: Path) -> None:
    assert set(rules.load(packs).packs) == {"bazaar", "common", "law_one", "law_two", "shop"}


def test_the_shipped_packs_have_no_faults_and_are_found_by_themselves() -> None:
    assert {"rakuten_fr", "aliexpress", "taobao", "tmall"} <= set(rules.load().marketplaces)


def test_the_faults_of_all_packs_and_files_are_told_at_once(packs: Path) -> None:
    for broken in ("shop.pack.zone", "shop.issues.issue", "shop.policies.trust", "shop.phrases.double_key"):
        folder, file, _ = broken.split(".")
        target = "phrases/en" if file == "phrases" else file
        shutil.copy(HERE / "packs_broken" / f"{broken}.yaml", packs / folder / f"{target}.yaml")
    shutil.copy(HERE / "packs_broken" / "bazaar.pack.kind_needs.yaml", packs / "bazaar" / "pack.yaml")

    told = faults(packs)

    assert [line.split(":")[0] for line in told] == [
        "bazaar/pack.yaml", "shop/issues.yaml", "shop/pack.yaml", "shop/phrases/en.yaml", "shop/policies.yaml",
    ]


def test_packs_that_include_each_other_are_both_told(packs: Path) -> None:
    with (packs / "law_two" / "pack.yaml").open("a", encoding="utf-8") as file:
        file.write("includes: [law_one]\n")

    assert faults(packs) == [
        "law_one/pack.yaml:5: law_two includes law_one in its turn; one of the two must not",
        "law_two/pack.yaml:3: law_one includes law_two in its turn; one of the two must not",
    ]


def test_one_code_in_two_packs_that_hold_together_is_told(packs: Path) -> None:
    """The code becomes the tag `clock_<code>`: two clocks could not be told apart."""
    text = (packs / "shop" / "policies.yaml").read_text(encoding="utf-8").replace("keep_records:", "invoice:")
    (packs / "shop" / "policies.yaml").write_text(text, encoding="utf-8")

    (told,) = faults(packs)

    assert told.startswith("shop/pack.yaml:7: the rule invoice stands in shop and in law_two, which both hold for shop")


@pytest.mark.parametrize(("name", "content", "words"), [
    ("shop/policy.yaml", "a: b", "shop/policy.yaml: nobody reads this file; a pack holds cases.yaml, evidence.yaml"),
    ("shop/policies.yml", "a: b", "shop/policies.yml: nobody reads this file"),
    ("new_shop/README.md", "hello", "new_shop: the folder has no pack.yaml"),
    ("New-Shop/pack.yaml", "kind: shared\nname: {en: New}", "the folder 'New-Shop' becomes a tag"),
    ("shop/policies.yaml", "# nothing yet", "the file takes keys with values below it, not nothing"),
    ("shop/issues.yaml", "a: \udcff", "shop/issues.yaml: not YAML in UTF-8"),
    ("shop/issues.yaml", "a: \x07", "shop/issues.yaml: not YAML in UTF-8"),
])
def test_a_file_that_cannot_be_a_part_of_a_pack_is_told(packs: Path, name: str, content: str, words: str) -> None:
    (packs / name).parent.mkdir(exist_ok=True)
    (packs / name).write_bytes(content.encode("utf-8", "surrogateescape"))

    (told,) = faults(packs)

    assert words in told


def test_a_folder_without_packs_is_told(tmp_path: Path) -> None:
    (told,) = faults(tmp_path)

    assert "no packs here" in told


def test_files_that_are_not_yaml_and_hidden_folders_are_left_alone(packs: Path) -> None:
    (packs / "shop" / "README.md").write_text("notes", encoding="utf-8")
    (packs / ".git").mkdir()
    (packs / "__pycache__").mkdir()

    assert "shop" in rules.load(packs).packs


@pytest.mark.parametrize("pattern", [
    r"@mail\.rakuten\.com$", r"[@.]shopping\.rakuten\.(com|net)$", r"(?:[a-z]+\.){0,4}example\.com", r"(ab){1,3}c+",
    r"[(+*)]+x", r"\(a+\)+", r"(a|b)+", r"(?P<number>\d{3,12}/\d{3,12})",
])
def test_patterns_that_end_are_let_through(pattern: str) -> None:
    assert check_pattern(pattern) == pattern


def test_words_of_yaml_1_1_stay_words(packs: Path) -> None:
    """`off`, `NO` and 9510211 are what somebody wrote, not booleans; numbers stay exact."""
    loaded = rules.load(packs)

    assert loaded.rule("law_two.old_invoice").status == "off"
    assert loaded.packs["shop"].issues["damaged_item"].words == ("broken", "9510211")
    assert str(loaded.rule("shop.partial_refund_cap").values[0].value) == "0.1"
    assert loaded.packs["shop"].phrases == {"en": {"damaged_item": ["it came broken"], "weight": 0.5}}


def test_norway_is_a_calendar_and_an_alias_is_a_value(packs: Path) -> None:
    text = (packs / "shop" / "pack.yaml").read_text(encoding="utf-8")
    (packs / "shop" / "pack.yaml").write_text(text.replace("calendar: FR", "calendar: NO"), encoding="utf-8")
    policies = (packs / "shop" / "policies.yaml").read_text(encoding="utf-8")
    policies = policies.replace("sources: [{title: Guide, row: S-5}]", "sources: &guide [{title: Guide, row: S-5}]")
    policies = policies.replace("sources: [{title: Guide, row: S-6}]", "sources: *guide")
    (packs / "shop" / "policies.yaml").write_text(policies, encoding="utf-8")

    loaded = rules.load(packs)

    assert loaded.packs["shop"].calendar == "NO"
    assert loaded.rule("shop.keep_records").sources == loaded.rule("shop.partial_refund_cap").sources


def test_signals_and_conditions_are_read_as_they_are_meant() -> None:
    loaded = rules.load(GOOD)
    signals = loaded.packs["shop"].signals

    assert signals.fields == {"brand": ("shop",), "tag": ("shop_fr",)}
    assert signals.order_numbers == (rules.OrderNumber(r"(?P<number>\d{4}-\d{4})", False, ("order", "commande")),)
    assert loaded.rule("shop.virtual_refund").applies.facts == {
        "order.virtual": True, "order.ships_from": ("CN", "HK"),
    }
    assert str(loaded.rule("shop.support_reply").sources[0]) == "S-1, Guide"
    assert str(loaded.rule("law_one.withdrawal").sources[0]) == "https://example.org/law"


def codes(loaded: rules.Packs, marketplace: str) -> list[str]:
    return [rule.code for rule in loaded.rules_for(marketplace)]


def test_a_marketplace_has_its_own_rules_the_included_ones_and_the_common_ones() -> None:
    loaded = rules.load(GOOD)

    assert codes(loaded, "unknown") == ["first_answer"]
    assert codes(loaded, "no_such_pack") == ["first_answer"]
    assert codes(loaded, "bazaar") == ["first_answer"]
    assert codes(loaded, "law_one") == ["withdrawal", "invoice"]
    assert codes(loaded, "shop") == [
        "support_reply", "virtual_refund", "partial_refund_cap", "keep_records", "withdrawal", "invoice",
        "first_answer",
    ]


def test_a_rule_counts_where_it_says_else_where_its_pack_or_the_marketplace_is() -> None:
    zones = {rule.code: (rule.zone, rule.calendar) for rule in rules.load(GOOD).rules_for("shop")}

    assert zones["support_reply"] == ("Europe/Paris", "FR")
    assert zones["virtual_refund"] == ("Asia/Shanghai", "FR")
    assert zones["withdrawal"] == ("Asia/Shanghai", "CN")  # the law's own
    assert zones["invoice"] == ("Europe/Paris", "FR")  # a shared pack without a zone: the marketplace's
    assert zones["first_answer"] == ("", "")  # the team's, whoever that is


def test_a_rule_that_is_not_there_is_told_with_what_is_near() -> None:
    with pytest.raises(BadInput, match=r"no rule 'shop.suport_reply'; did you mean 'shop.support_reply'"):
        rules.load(GOOD).rule("shop.suport_reply")


@pytest.mark.parametrize(("day", "due"), [
    (date(2019, 12, 31), None), (date(2020, 1, 1), "72 hours"), (date(2025, 12, 31), "72 hours"),
    (date(2026, 1, 1), "48 hours"), (date(2030, 1, 1), "48 hours"),
])
def test_the_value_of_a_day_is_the_newest_that_had_begun(day: date, due: str | None) -> None:
    value = rules.load(GOOD).rule("shop.support_reply").value_on(day)

    assert (value.due if value else None) == due


def test_issue_codes_and_labels_are_those_that_a_case_can_have() -> None:
    assert len(rules.ISSUES) == len(set(rules.ISSUES)) == 31
    assert rules.ISSUES[0] == "payment_chargeback"
    assert rules.ISSUES[-1] == "other"
    assert set(TAXONOMY.senders) | {"unknown"} == set(get_args(Sender))
    assert set(TAXONOMY.stages) | {"unknown"} == set(get_args(Stage))


@pytest.mark.parametrize("kind", rules.FILES)
def test_editors_get_a_schema_that_fits_the_sound_packs(kind: str) -> None:
    schema = rules.schema(kind)
    jsonschema.Draft202012Validator.check_schema(schema)
    shipped = Path(str(conftest.packs().packs["common"].folder)).parent
    found = [*GOOD.glob(f"*/{kind}.yaml"), *shipped.glob(f"*/{kind}.yaml")]

    assert found
    validator = jsonschema.Draft202012Validator(schema)  # once: to check the schema takes longer than any file
    for file in found:
        validator.validate(read(file).data)


@pytest.mark.parametrize("fault", ["unknown_key", "issue", "sender", "start", "duration", "trust", "code", "unit"])
def test_editors_see_the_fault_before_comptoir_does(fault: str) -> None:
    broken = read(HERE / "packs_broken" / f"shop.policies.{fault}.yaml")

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken.data, rules.schema("policies"))


LEAVES = st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]))


@given(st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6)
))
def test_no_file_however_odd_is_anything_but_read_or_told(data: object) -> None:
    with TemporaryDirectory() as folder:
        root = Path(shutil.copytree(GOOD, Path(folder) / "packs"))
        for name in ("pack", "policies", "issues"):
            (root / "shop" / f"{name}.yaml").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        with suppress(BadPack):
            rules.load(root)


@pytest.mark.checkout
def test_every_key_is_explained_to_policy_keepers() -> None:
    pages = HERE.parent / "docs" / "reference"
    page = "".join((pages / name).read_text(encoding="utf-8") for name in ("packs.md", "lint.md"))
    shapes = [rules.schema(kind) for kind in rules.FILES if kind != "remedies"]
    keys = {key for shape in shapes for part in (shape, *shape.get("$defs", {}).values())
            if part.get("title") not in FACTS for key in part.get("properties", {})}

    assert len(keys) > 40
    assert all(f"`{kind}.yaml`" in page for kind in rules.FILES)
    assert {key for key in keys if not re.search(rf"\b{key}\b", page)} == set()
