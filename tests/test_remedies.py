"""Calculators: every worked example, every refusal, and what holds for all amounts. The data stand in tests/data."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import packs
from hypothesis import given
from hypothesis import strategies as st

from comptoir import cli, remedies, rules
from comptoir.errors import BadInput

HERE = Path(__file__).parent
WORKED = yaml.safe_load((HERE / "data" / "remedies.yaml").read_text(encoding="utf-8"))
REFUSED = [
    tuple(part.strip() for part in line.split("|"))
    for line in (HERE / "data" / "remedies_refused.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
PACKS = packs()
CENT = Decimal("0.01")
cents = st.integers(min_value=1, max_value=10_000_00).map(lambda number: number * CENT)


def calc(line: str) -> dict[str, Any]:
    name, *arguments = line.split()
    return remedies.calculate(name, arguments, PACKS)


def amount(line: str) -> Decimal:
    return Decimal(calc(line)["amount"])


# --- what must not happen -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("line", "words"), REFUSED)
def test_what_cannot_be_read_is_refused_in_one_clear_line(line: str, words: str) -> None:
    with pytest.raises(BadInput) as caught:
        calc(line)

    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_refused_value_is_cut_and_cannot_flood_the_line() -> None:
    with pytest.raises(BadInput) as caught:
        calc(f"taobao.coupon_refund price={'9' * 5000} order=100 coupon=20")

    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("line", [REFUSED[0][0], "taobao.nothing price=1"])
def test_the_command_line_ends_with_2_and_without_a_traceback(line: str, capsys: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("sys.argv", ["comptoir", "calc", *line.split()])
    with pytest.raises(SystemExit) as left:
        cli.main()

    said = capsys.readouterr()
    assert left.value.code == 2
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "Traceback" not in said.err


# --- worked examples ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("example", WORKED, ids=lambda example: example["calc"])
def test_a_worked_example_comes_out_as_written(example: dict[str, Any]) -> None:
    result = calc(example["calc"])

    for key in {"amount", "currency", "answer", "manual", "method", "shares"} & example.keys():
        assert result.get(key) == example[key], key
    if "also" in example:
        assert {other["method"]: other["amount"] for other in result["alternatives"]} == example["also"]
    if "step" in example:
        assert any(example["step"] in step for step in result["steps"])
    if "warns" in example:
        wanted = example["warns"]
        assert not result["warnings"] if wanted is None else any(wanted in said for said in result["warnings"])
    assert result["steps"]
    assert result["rule"]


def test_every_row_of_the_formulas_and_every_calculator_has_an_example() -> None:
    rows = {example["row"].split()[0] for example in WORKED if example["row"].startswith("F-")}

    assert rows == {f"F-{number}" for number in range(1, 10)}
    assert {example["calc"].split()[0] for example in WORKED} == set(remedies.names(PACKS))


def test_the_command_line_prints_the_calculation_as_json(capsys: Any, monkeypatch: Any) -> None:
    line = "calc taobao.coupon_refund price=9.99 order=29.99 coupon=5"
    monkeypatch.setattr("sys.argv", ["comptoir", *line.split()])
    with pytest.raises(SystemExit):
        cli.main()

    assert json.loads(capsys.readouterr().out) == {
        "name": "taobao.coupon_refund",
        "amount": "8.32",
        "currency": "CNY",
        "rule": "Most to refund for a part of an order bought with a shop coupon (TAO-18, TAO-23)",
        "steps": [
            "goods = order − postage = 29.99 − 0.00 = 29.99",
            "paid for the goods = goods − coupon = 29.99 − 5.00 = 24.99",
            "share of coupon = coupon × price ÷ goods = 5.00 × 9.99 ÷ 29.99 = 1.665555…",
            "price − share = 9.99 − 1.665555… = 8.324444…",
            "8.324444… rounded half up to 0.01: 8.32",
        ],
        "warnings": [
            "The guide does not say whether postage is part of the order; here the order is goods only unless postage "
            "is given.",
        ],
        "rounding": "half up to 0.01",
        "method": "share",
    }


@pytest.mark.parametrize("name", remedies.names(PACKS))
def test_each_describes_itself_with_an_example_that_works(name: str) -> None:
    told = remedies.describe(name, PACKS)

    assert told["example"].startswith(f"comptoir calc {name} ")
    assert calc(told["example"].removeprefix("comptoir calc "))["name"] == name
    assert told["sources"]


def test_the_two_methods_are_never_mixed_in_one_order() -> None:
    line = "taobao.threshold_discount_refund price=200 order=510 postage=10 discount=100 threshold=300"

    assert "choose one for the whole order" in calc(line)["warnings"][0]
    assert "alternatives" not in calc(f"{line} refunded=100")


def test_methods_that_agree_raise_no_doubt() -> None:
    order = "order=610 postage=10 discount=200 threshold=300 saving=100"
    result = calc(f"taobao.threshold_discount_refund price=300 {order}")

    assert result["alternatives"]
    assert result["warnings"] == []


def test_a_remainder_above_the_price_is_doubted() -> None:
    assert "check refunded" in calc("taobao.coupon_refund price=30 order=100 coupon=20 last=yes")["warnings"][0]


def test_the_typed_form_gives_the_same_amount_as_a_decimal() -> None:
    values = {"price": Decimal("30"), "order": Decimal("100.00"), "coupon": Decimal("20")}
    worked = remedies.work_out("taobao.coupon_refund", values, PACKS)

    assert worked.result.amount == Decimal("24.00")
    assert worked.currency == "CNY"


# --- what holds for all amounts -------------------------------------------------------------------------------------


@st.composite
def orders(draw: st.DrawFn) -> tuple[list[Decimal], Decimal, Decimal]:
    """Items, a reduction not above them, and postage."""
    items = draw(st.lists(cents, min_size=1, max_size=8))
    reduction = draw(st.integers(min_value=0, max_value=int(sum(items) * 100))) * CENT
    return items, reduction, draw(cents)


@given(orders(), st.sampled_from(["coupon", "discount"]))
def test_the_refunds_of_an_order_never_pass_the_payment_and_meet_it_in_the_end(
    order: tuple[list[Decimal], Decimal, Decimal], reduction: str
) -> None:
    items, reduced, postage = order
    name = {"coupon": "taobao.coupon_refund", "discount": "taobao.threshold_discount_refund"}[reduction]
    total, refunded, paid = sum(items) + postage, Decimal(0), sum(items) - reduced
    for number, price in enumerate(items, 1):
        last = "yes" if number == len(items) else "no"
        part = amount(f"{name} price={price} order={total} postage={postage} {reduction}={reduced} "
                      f"refunded={refunded} last={last}")
        assert 0 <= part <= paid - refunded
        refunded += part

    assert refunded == paid


@given(orders())
def test_a_single_refund_never_passes_price_nor_payment_by_any_method(
    order: tuple[list[Decimal], Decimal, Decimal]
) -> None:
    items, reduced, postage = order
    line = f"price={items[0]} order={sum(items) + postage} postage={postage} discount={reduced}"
    result = calc(f"taobao.threshold_discount_refund {line}")

    assert 0 <= Decimal(result["amount"]) <= items[0]
    for other in result["alternatives"]:
        assert 0 <= Decimal(other["amount"]) <= sum(items) - reduced


@given(cents, cents, cents, st.data())
def test_who_pays_more_gets_no_less_back_and_a_larger_coupon_no_more(
    order: Decimal, one: Decimal, other: Decimal, data: st.DataObject
) -> None:
    low, high = sorted(min(price, order) for price in (one, other))
    small, large = sorted(data.draw(st.integers(min_value=0, max_value=int(order * 100))) * CENT for _ in range(2))

    def refund(price: Decimal, coupon: Decimal) -> Decimal:
        return amount(f"taobao.coupon_refund price={price} order={order} coupon={coupon}")

    assert refund(low, small) <= refund(high, small)
    assert refund(high, large) <= refund(high, small)


@given(cents, cents, cents, st.sampled_from("abcdefgh"))
def test_freight_pays_back_no_more_than_was_paid_and_leaves_no_freight_unborne(
    price: Decimal, postage: Decimal, back: Decimal, event: str
) -> None:
    result = calc(f"taobao.freight event={event} price={price} order={price + postage} postage={postage} return={back}")
    borne = Decimal(result["shares"]["buyer_bears"]) + Decimal(result["shares"]["seller_bears"])

    assert 0 <= Decimal(result["amount"]) <= price + postage
    assert borne == {"f": back, "g": postage}.get(event, postage + back)


@given(cents, cents)
def test_half_is_never_more_than_half_and_grows_with_the_price(one: Decimal, other: Decimal) -> None:
    low, high = sorted((one, other))
    caps = [amount(f"rakuten_fr.partial_refund_cap item={price}") for price in (low, high)]

    assert caps[0] <= caps[1]
    assert all(0 <= 2 * cap <= price for cap, price in zip(caps, (low, high), strict=True))
    assert amount(f"rakuten_fr.partial_refund_cap item={high} order={low}") == caps[0]


@given(cents, cents, cents)
def test_a_fine_grows_with_sales_and_stock_and_is_the_sum_of_its_parts(
    sales: Decimal, more: Decimal, stock: Decimal
) -> None:
    def fine(sold: Decimal, held: Decimal) -> Decimal:
        return amount(f"rakuten_fr.counterfeit_fine sales={sold} stock={held}")

    assert fine(sales, stock) <= fine(sales + more, stock)
    assert abs(fine(sales, stock) - (fine(sales, Decimal(0)) + fine(Decimal(0), stock) - 100)) <= CENT


@given(cents, st.integers(min_value=0, max_value=4000), st.integers(min_value=0, max_value=4000),
       st.sampled_from(["withdrawal", "rescission", "rescission_before_2022"]))
def test_a_surcharge_grows_with_the_delay_and_never_passes_the_price(
    price: Decimal, one: int, other: int, event: str
) -> None:
    early, late = (amount(f"law_fr.late_refund_surcharge price={price} days={days} event={event} rate=5")
                   for days in sorted((one, other)))

    assert 0 <= early <= late <= price


@given(cents, cents)
def test_damages_keep_their_floor_and_compensations_their_ceiling(one: Decimal, other: Decimal) -> None:
    low, high = sorted((one, other))

    damages = [amount(f"law_cn.fraud_damages price={price}") for price in (low, high)]
    compensations = [amount(f"jd.page_error_compensation price={price}") for price in (low, high)]

    assert 500 <= damages[0] <= damages[1]
    assert compensations[0] <= compensations[1] <= 200
    assert amount(f"tmall.late_dispatch_compensation order={low}") <= low


# --- the numbers are those of the rules -----------------------------------------------------------------------------

#: the rules whose number a calculator uses too: where one changes, the other must
NUMBERS = {
    "rakuten_fr.partial_refund_cap": "rakuten_fr.partial_refund_cap",
    "rakuten_fr.registered_over_eu": "rakuten_fr.registered_mail",
    "rakuten_fr.registered_over_outside_eu": "rakuten_fr.registered_mail",
    "rakuten_fr.attachment_count": "rakuten_fr.attachments",
    "rakuten_fr.attachment_size": "rakuten_fr.attachments",
    "rakuten_fr.counterfeit_fine": "rakuten_fr.counterfeit_fine",
    "rakuten_fr.counterfeit_fine_rate": "rakuten_fr.counterfeit_fine",
    "tmall.late_dispatch_compensation": "tmall.late_dispatch_compensation",
    "law_cn.fraud_damages_minimum": "law_cn.fraud_damages",
    "law_fr.late_rescission_refund_first_days": "law_fr.late_refund_surcharge",
    "law_fr.late_rescission_refund_second_days": "law_fr.late_refund_surcharge",
    "law_fr.late_rescission_refund_later": "law_fr.late_refund_surcharge",
    "law_fr.late_withdrawal_refund_over_60_days": "law_fr.late_refund_surcharge",
}


@pytest.mark.parametrize("rule", NUMBERS)
def test_a_number_is_the_same_in_the_rules_and_in_the_calculator(rule: str) -> None:
    pack, _, code = NUMBERS[rule].partition(".")
    formula = repr(PACKS.packs[pack].remedies[code].formulas)

    for value in PACKS.rule(rule).values:
        assert re.search(rf"Decimal\('{value.value}'\)|up_to={value.value}\b", formula)


# --- from data alone ------------------------------------------------------------------------------------------------


def test_a_new_marketplace_gets_a_calculator_from_data_alone() -> None:
    packs = rules.load(HERE / "packs_good")
    result = remedies.calculate("shop.goodwill", ["price=99.99"], packs)

    assert result["amount"] == "14.90"
    assert result["currency"] == "EUR"
    assert result["rounding"] == "down to 0.10"
    assert result["steps"] == ["price × 15 % = 99.99 × 15 % = 14.9985", "14.9985 rounded down to 0.10: 14.90"]
