"""How far an order is: what the issue takes for granted and the facts know; only where they do not, what words say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from comptoir.classify.case import Evidence, Stage
from comptoir.classify.spoken import Spoken, group, score
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
#: the furthest of these that is known says where the order is
_BY_FACT: tuple[tuple[str, Stage], ...] = (
    ("order.shipped_at", "in_transit"), ("order.delivered_at", "delivered"), ("return.shipped_at", "return"),
    ("claim.opened_at", "claim"),
)
_WAY: tuple[Stage, ...] = ("unknown", "pre_ship", "in_transit", "delivered", "return", "claim", "closed")


def known_stage(issue: str, facts: Facts) -> tuple[Stage, tuple[Evidence, ...]]:
    """The furthest stage that the issue and the facts know of; their own evidence says why."""
    known = [OF_ISSUE.get(issue, "unknown"), *(at for path, at in _BY_FACT if facts.get(path) is not None)]
    return max(known, key=_WAY.index), ()


def said_stage(heard: Sequence[Spoken]) -> tuple[Stage, tuple[Evidence, ...]]:
    """The one that words name."""
    said = group(heard, "stage")
    best = max(said, key=lambda name: score(said[name]), default=None)
    if best is None:
        return "unknown", ()
    return best, (said[best][0].evidence(),)  # type: ignore[return-value]  # phrase files allow stages only
