"""The document's promises are tried by a program that knows nothing else of us: whatever it makes up, no answer breaks
them, and none is a failure of the hub. The same is made up each time."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import booleans
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from admin.api.blueprint import NEEDS, PREFIX
from tests.console.api.conftest import Office, records_of

CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
BOUNDED = settings(
    max_examples=8,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["as told", "otherwise"])
def test_no_answer_breaks_what_the_document_promises(office: Office, mode: GenerationMode) -> None:
    records = records_of(office)
    office.stage.shop.place_order(1004, [("NOPE", 1, "5.00")])
    office.stage.work("order")
    headers = {"Authorization": f"Bearer {office.token('administrator', sees_personal=True)}"}
    document = schemathesis.openapi.from_wsgi(f"{PREFIX}/openapi.json", office.app)
    operations = [found.ok() for found in document.get_all_operations()]
    answered: dict[int, int] = {}

    def call(case: Any, real: bool) -> None:
        if real:
            case.path_parameters = {name: records[name] for name in case.path_parameters or {}}
        answer = case.call_and_validate(headers=headers, checks=CHECKS)
        answered[answer.status_code] = answered.get(answer.status_code, 0) + 1

    for operation in operations:
        try:
            case = operation.as_strategy(generation_mode=mode)
            BOUNDED(given(case=case, real=booleans())(call))()
        except Unsatisfiable:
            # There is nothing that could be wrong about it: it takes no arguments.
            assert mode == GenerationMode.NEGATIVE, operation.label
    # The address of the document itself it has to know already.
    assert len(operations) >= len(NEEDS) - 1
    assert sum(answered.values()) > 150, answered
    wanted = {200, 202, 404, 422} if mode == GenerationMode.POSITIVE else {404, 422}
    assert wanted <= answered.keys(), answered
