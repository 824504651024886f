"""How far an order is: said in words, else known from facts, else what the issue takes for granted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from comptoir.classify.case import Evidence, Stage
from comptoir.classify.issue import Spoken, score
from comptoir.ticket import Facts

#: the stage an issue takes for granted; the rest can come at any
OF_ISSUE: Mapping[str, Stage] = {
    "payment_problem": "pre_ship", "not_shipped_or_out_of_stock": "pre_ship", "cancel_before_shipment": "pre_ship",
    "tracking_problem": "in_transit", "delivery_delay": "in_transit", "item_not_received": "in_transit",
    "address_or_refused_delivery": "in_transit", "delivered_not_received": "delivered", "wrong_item": "delivered",
    "missing_parts": "delivered", "damaged_item": "delivered", "defective_item": "delivered",
    "not_as_described": "delivered", "warranty_claim": "delivered", "withdrawal_change_of_mind": "delivered",
    "counterfeit_complaint": "delivered",
    "return_instructions": "return", "return_shipping_cost": "return", "return_receipt_dispute": "return",
    "refund_status": "return", "claim_opened": "claim", "evidence_requested": "claim", "payment_chargeback": "claim",
    "claim_decision_appeal": "closed",
}
#: the last of these that is known says where the order is
_BY_FACT: tuple[tuple[str, Stage], ...] = (
    ("claim.opened_at", "claim"), ("return.shipped_at", "return"), ("order.delivered_at", "delivered"),
    ("order.shipped_at", "in_transit"),
)
_DECIDED = ("claim", "closed", "return")  # an issue of these stages says more than any date


def stage(issue: str, facts: Facts, said: Mapping[str, Sequence[Spoken]]) -> tuple[Stage, tuple[Evidence, ...]]:
    """The stage, and the words that name it where words do."""
    of_issue = OF_ISSUE.get(issue, "unknown")
    if of_issue in _DECIDED:
        return of_issue, ()
    for path, known in _BY_FACT:
        if facts.get(path) is not None:
            return known, ()
    if of_issue != "unknown" or not said:
        return of_issue, ()
    best = max(said, key=lambda name: score(said[name]))
    return best, (said[best][0].evidence(),)  # type: ignore[return-value]  # phrase files allow stages only
