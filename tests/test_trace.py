"""Every row of the guides became something, and one that loses its target is told."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from importlib.resources import files
from pathlib import Path

import pytest
from conftest import packs

from comptoir import cli, macros, rules, trace_page
from comptoir.lint import lint
from comptoir.trace import SECTIONS, TESTS, Trace, trace

ROOT = Path(__file__).parent.parent
SHIPPED, TEMPLATES = Path(str(files("comptoir.packs"))), Path(str(files("comptoir.templates")))
PACKS = packs()
FOUND = trace(PACKS, macros.read_sources(files("comptoir.templates"))[0])
COMMON = PACKS.packs["common"]
#: for each kind of target a row that has only this one, so that taking it away leaves nothing
ALONE = {
    what: next((row for row, targets in FOUND.targets.items() if {target.what for target in targets} == {what}), "")
    for what in ("rule", "calculator", "macro", "refused", *sorted(set(SECTIONS.values()) - {"answer"}))
}
MUST_NOT = ("TAO-53", "TAO-54", "TAO-55", "TAO-59", "TAO-150", "TAO-187", "TAO-192", "TAO-01", "TAO-205", "RAK-77")
#: what a seller might write on the advice that is refused, and what an honest one writes instead
TRICKS = {
    "promised_days": ("Expédition de la Chine, livraison dans 7 jours.", "Expédié de Chine."),
    "confirmation_induced": ("麻烦您尽快确认收货,以便于我们的资金周转。", "包裹今天会送到,有问题请联系我们。"),
    "flaw_praised": ("亲,薄才透气呢。", "这款面料比较薄,不满意可以退货。"),
    "topic_diverted": ("颜色不重要,我们先不说这个。", "不同屏幕会有色差,不满意可以退货。"),
    "return_made_hard": ("退货挺麻烦的,您再考虑一下吧。", "您可以退货,我们把地址发给您。"),
    "selling_in_a_complaint": ("顺便给您推荐我们的新款。", "我们马上为您处理。"),
    "false_scan": ("我们可以先打单扫件,明天再发。", "包裹明天发出。"),
    "evidence_dressed": ("把截图美化一下再上传。", "请上传截图。"),
    "helpless": ("抱歉,我也没办法。", "抱歉,我马上为您查询。"),
    "video_demanded": ("Merci de nous envoyer une vidéo du déballage.", "Merci de nous envoyer des photos."),
}


def copied(tmp_path: Path) -> tuple[Path, Path]:
    """Packs and templates, to be broken."""
    ignored = shutil.ignore_patterns("*.py", "__pycache__")
    return (Path(shutil.copytree(SHIPPED, tmp_path / "packs", ignore=ignored)),
            Path(shutil.copytree(TEMPLATES, tmp_path / "templates", ignore=ignored)))


def traced(packs: Path, templates: Path) -> Trace:
    return trace(rules.load(packs), macros.read_sources(templates)[0])


def messages(found: Trace) -> str:
    return "\n".join(map(str, found.faults))


# --- what must be there ---------------------------------------------------------------------------------------------

def test_every_row_is_accounted_for() -> None:
    prefixes = Counter(row.partition("-")[0] for row in FOUND.targets)

    assert prefixes == {"RAK": 80, "ALI": 21, "TAO": 207}
    assert FOUND.accounted == 308
    assert messages(FOUND) == ""


def test_every_target_names_its_line_and_what_tries_it() -> None:
    targets = [target for found in FOUND.targets.values() for target in found]

    assert not [target for target in targets if not (target.line and target.proof)]
    for target in targets:
        place = target.file.partition("templates/")[2]
        text = (TEMPLATES / place if place else Path(target.file)).read_text("utf-8")
        near = "\n".join(text.splitlines()[target.line - 1:target.line + 2])
        assert target.row in near, target


@pytest.mark.checkout
def test_what_tries_a_target_is_there() -> None:
    cases = [target for found in FOUND.targets.values() for target in found if ": " in target.proof]
    named = [target.proof for found in FOUND.targets.values() for target in found if target.what == "macro"]
    calculators = (ROOT / TESTS["calculator"]).read_text("utf-8")

    assert all((ROOT / place).exists() for place in TESTS.values())
    assert not [proof for proof in named if not (ROOT / f"{proof}.txt").exists()]
    assert not [target.name for found in FOUND.targets.values() for target in found
                if target.what == "calculator" and target.name not in calculators]
    for target in cases:
        file, _, case = target.proof.partition(": ")
        assert f"- name: {case}" in (SHIPPED / file).read_text("utf-8").replace('"', ""), target.proof


def test_every_row_of_a_kind_that_is_not_followed_is_refused() -> None:
    assert {row for row, told in COMMON.guides.items() if told.kind == "X"} <= set(COMMON.refused)
    assert set(MUST_NOT) <= set(COMMON.refused)
    assert not [row for row, told in COMMON.refused.items() if told.why == "trick" and not told.lint]


@pytest.mark.checkout
def test_the_page_is_up_to_date() -> None:
    page = ROOT / "docs" / "reference" / "guides.md"

    assert page.read_text("utf-8") == trace_page.page(FOUND, PACKS), (
        "run `comptoir check --trace --page docs/reference/guides.md`")


def test_the_page_names_every_row_and_no_line() -> None:
    page = trace_page.page(FOUND, PACKS)

    assert not [row for row in FOUND.targets if f"\n| {row} | " not in page]
    assert not re.search(r"\.(yaml|j2):\d", page)
    assert len({line.count(" | ") for line in page.splitlines() if line.startswith("| RAK-")}) == 1


# --- refusals and contradictions ------------------------------------------------------------------------------------

@pytest.mark.parametrize("code", sorted({told.lint for told in COMMON.refused.values() if told.lint}))
def test_the_wording_of_a_refused_row_is_found_and_an_honest_one_is_not(code: str) -> None:
    refused, honest = TRICKS[code]
    locale = "fr" if "ous" in refused or "jours" in refused else "zh_Hans"

    assert code not in [finding.code for finding in lint(honest, "unknown", locale, PACKS)]
    assert code in [finding.code for finding in lint(refused, "unknown", locale, PACKS)]


def test_every_contradiction_is_decided_with_both_readings() -> None:
    codes = {remedy for pack in PACKS.packs.values() for remedy in (f"{pack.id}.{code}" for code in pack.remedies)}
    codes |= {rule.id for pack in PACKS.packs.values() for rule in pack.rules}

    assert list(COMMON.contradictions) == [f"C-{number:02}" for number in range(1, 39)]
    for id, one in COMMON.contradictions.items():
        assert set(one.rows) <= set(FOUND.targets), id
        for place in one.where:
            file = TEMPLATES / place.removeprefix("templates/") if place.startswith("templates/") else SHIPPED / place
            assert place in codes or file.exists(), (id, place)


# --- a row that loses its target ------------------------------------------------------------------------------------

@pytest.mark.parametrize("what", sorted(ALONE))
def test_a_row_that_loses_its_only_target_is_told(what: str, tmp_path: Path) -> None:
    packs, templates = copied(tmp_path)
    row = ALONE[what]
    assert row, f"no row lands in a {what} alone"
    for file in (*packs.rglob("*.yaml"), *templates.rglob("*.j2")):
        text = file.read_text("utf-8")
        if file.name == "refused.yaml":
            file.write_text("".join(line for line in text.splitlines(True) if not line.startswith(f"{row}:")), "utf-8")
        elif row in text and file.name != "guides.yaml":
            file.write_text(re.sub(rf"\b{row}\b(?!:)", "XX-01", text), "utf-8")

    found = traced(packs, templates)

    assert found.accounted == 307
    assert f"{row} has no target" in messages(found)
    assert "common/guides.yaml:" in messages(found)


def test_a_row_that_the_guides_do_not_have_is_told_where_it_is_cited(tmp_path: Path) -> None:
    packs, templates = copied(tmp_path)
    guide = packs / "jd" / "guide.yaml"
    guide.write_text(guide.read_text("utf-8").replace("[TAO-145]", "[TAO-145, TAO-999]"), "utf-8")

    (fault,) = traced(packs, templates).faults

    assert "jd/guide.yaml:4: the guides have no row TAO-999" in str(fault)


def test_a_rule_that_no_case_tries_is_told(tmp_path: Path) -> None:
    packs, templates = copied(tmp_path)
    cases = packs / "tmall" / "cases.yaml"
    cases.write_text(cases.read_text("utf-8").replace(", broken_promise_points", ""), "utf-8")

    (fault,) = traced(packs, templates).faults

    assert "tmall.broken_promise_points answers TAO-189 and no case tries it" in str(fault)


def test_a_refusal_that_names_no_lint_entry_is_told(tmp_path: Path) -> None:
    packs, templates = copied(tmp_path)
    refused = packs / "common" / "refused.yaml"
    refused.write_text(refused.read_text("utf-8").replace("lint: false_scan", "lint: no_such"), "utf-8")

    assert "lint.yaml has no entry 'no_such'" in messages(traced(packs, templates))


def test_packs_without_guides_owe_nothing(tmp_path: Path) -> None:
    packs, templates = copied(tmp_path)
    for name in ("guides", "refused", "contradictions"):
        (packs / "common" / f"{name}.yaml").unlink()

    assert traced(packs, templates) == Trace({}, ())


def test_the_command_says_how_many_and_fails_where_one_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    packs, _ = copied(tmp_path)
    contacts = packs / "jd" / "guide.yaml"
    contacts.write_text(contacts.read_text("utf-8").replace("rows: [TAO-145]", "rows: []"), "utf-8")
    monkeypatch.setattr("sys.argv", ["comptoir", "check", "--trace", "--packs", str(packs)])

    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr().out

    assert ended.value.code == 1
    assert "307 of 308 rows accounted for" in said
    assert "TAO-145 has no target" in said
    assert re.search(r"^RAK-65  rule  packs/rakuten_fr/policies\.yaml:\d+  rakuten_fr\.support_reply  \[", said, re.M)
