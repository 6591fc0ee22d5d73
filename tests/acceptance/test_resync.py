"""Re-sync reads the source afresh: what was corrected in the shop after the failure is what arrives."""

from __future__ import annotations

from tests.acceptance.stage import Stage

LONG = "Am Rande der sehr langen Strasse " * 5
ADDRESS = {"first_name": "Kim", "last_name": "Kunde", "city": "Köln", "zip": "50667", "country_code": "DE"}


def test_a_value_corrected_in_the_shop_after_the_failure_is_what_arrives(stage: Stage) -> None:
    order = stage.shop.order(
        "#1001",
        email="kim@example.com",
        lines=[{"sku": "MUG", "quantity": 1}],
        shipping_address={**ADDRESS, "address1": LONG},
    )
    assert stage.run("order").causes == {"INVALID_FIELD": 1}
    (failure,) = stage.failures("order")
    assert "Street" in failure.detail
    assert stage.erp.documents() == []

    stage.later()
    stage.shop.do("edit", id=order["id"], fields={"shippingAddress": {**ADDRESS, "address1": "Ring 7"}})
    assert stage.resync("order", "INVALID_FIELD").counts["created"] == 1

    assert stage.erp.document("#1001")["AddressExtension"]["ShipToStreet"] == "Ring 7"
    assert stage.failures("order") == []
    failed, cured = stage.messages("order")
    assert (failed.verdict, failed.resolved_by) == ("failed", cured.id)
    assert (cured.verdict, cured.follows, cured.reason, cured.actor) == ("created", failed.id, "re-sync", "ann")
    # History stays: the failed message still holds what was wrong, the new one what was read afresh and sent.
    before, after = stage.detail(failed.id), stage.detail(cured.id)
    assert before.source is not None and after.source is not None
    assert LONG in str(before.source.text)
    assert "Ring 7" in str(after.source.text) and LONG not in str(after.source.text)
    sent = [call.request for attempt in after.attempts for call in attempt.exchanges if call.writes]
    assert [body is not None and "Ring 7" in str(body.text) for body in sent] == [True]
    stage.run("inventory")


def test_a_re_sync_without_a_correction_fails_again_and_follows_the_first_failure(stage: Stage) -> None:
    stage.shop.order("#1001", email="kim@example.com", lines=[{"sku": "MUG", "quantity": 1}], gateway="klarna")
    stage.run("order")
    stage.later()
    assert stage.resync("order", "MISSING_MAPPING").causes == {"MISSING_MAPPING": 1}
    first, second = stage.messages("order")
    assert (second.verdict, second.follows, first.resolved_by) == ("failed", first.id, None)
    assert stage.erp.documents() == []
