"""One GraphQL request: checked, costed, throttled, run, answered in Shopify's envelope."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from graphql import ExecutionResult, OperationDefinitionNode, execute_sync
from graphql.execution.values import VariableValues

from hub.sandbox.shopify.context import Context
from hub.sandbox.shopify.cost import MAX_COST, Part
from hub.sandbox.shopify.documents import Document, Documents, variables_of
from hub.sandbox.shopify.quick_input import InputTypes, Odd, QuickVariables
from hub.sandbox.shopify.resolvers import all_fields, attach
from hub.sandbox.shopify.schema import served_schema
from hub.sandbox.shopify.throttle import Bucket
from hub.sandbox.shopify.variables import InvalidVariables, coerce_variables, oversized_input

Answer = dict[str, Any]


class Engine:
    """Executes documents against the shop."""

    def __init__(self, bucket: Bucket) -> None:
        self.bucket = bucket
        self._schema = served_schema()
        self._input_types = InputTypes()
        self.documents = Documents(self._schema, all_fields())

    def respond(self, body: Any, context: Context) -> Answer:
        """The answer to a request's body."""
        if not isinstance(body, dict) or not isinstance(body.get("query"), str):
            return {"errors": {"query": "Required parameter missing or invalid"}}
        document = self.documents.get(body["query"])
        if document.errors:
            return {"errors": document.errors}
        operation = document.operation(body.get("operationName"))
        if operation is None:
            return {"errors": [{"message": "An operation name is required"}]}
        variables = self._variables(document, operation, variables_of(body))
        return variables if isinstance(variables, dict) else self._costed(document, operation, variables, context)

    def _variables(
        self, document: Document, operation: OperationDefinitionNode, given: Mapping[str, Any]
    ) -> VariableValues | Answer:
        """The variables coerced, or the answer that says what is wrong with them."""
        name = operation.name.value if operation.name else ""
        quick = document.variables.get(name)
        if quick is not None:
            with suppress(Odd):
                return quick(given)
        try:
            variables = coerce_variables(self._schema, operation, given)
        except InvalidVariables as invalid:
            return {"errors": invalid.errors}
        oversized = oversized_input(self._schema, operation, given)
        if oversized is not None:
            return {"errors": [oversized]}
        if quick is None:
            document.variables[name] = QuickVariables.of(operation, variables, self._input_types)
        return variables

    def _costed(
        self, document: Document, operation: OperationDefinitionNode, variables: VariableValues, context: Context
    ) -> Answer:
        cost = self.documents.cost(document, operation)
        requested = cost.requested(variables.coerced)
        if requested > MAX_COST:
            return {"errors": [_too_costly(requested)], "extensions": {"cost": self._status(requested, None)}}
        if not self.bucket.take(requested):
            return self.throttled(requested)
        answer = self._run(document, operation, variables, context)
        actual = min(requested, _actual(cost, answer.get("data")))
        self.bucket.give_back(requested - actual)
        extensions: dict[str, Any] = {"cost": self._status(requested, actual)}
        if context.searches:
            extensions["search"] = context.searches
        answer["extensions"] = extensions
        return answer

    def _run(
        self, document: Document, operation: OperationDefinitionNode, variables: VariableValues, context: Context
    ) -> Answer:
        if document.introspects:
            return _by_graphql_core(document, operation, variables, context)
        plan = self.documents.plan(document, operation, variables)
        context.args = plan.bind(self._schema, variables)
        data = plan.execute(context)
        return {"data": data, "errors": context.errors} if context.errors else {"data": data}

    def throttled(self, requested: int) -> Answer:
        """The bucket has not enough."""
        return {
            "errors": [
                {
                    "message": "Throttled",
                    "extensions": {
                        "code": "THROTTLED",
                        "documentation": "https://shopify.dev/api/usage/rate-limits",
                    },
                }
            ],
            "extensions": {"cost": self._status(requested, None)},
        }

    def _status(self, requested: int, actual: int | None) -> dict[str, Any]:
        return {
            "requestedQueryCost": requested,
            "actualQueryCost": actual,
            "throttleStatus": self.bucket.status(),
        }


def _actual(cost: Part, data: Any) -> int:
    """The cost of what came back. A request without any data still costs what its roots cost by themselves."""
    if data is None:
        return sum(part.own for part in cost.parts)
    return math.floor(cost.actual(data))


def _too_costly(requested: int) -> Answer:
    return {
        "message": f"Query cost is {requested}, which exceeds the single query max cost limit ({MAX_COST}).",
        "extensions": {
            "code": "MAX_COST_EXCEEDED",
            "cost": requested,
            "maxCost": MAX_COST,
            "documentation": "https://shopify.dev/api/usage/rate-limits",
        },
    }


def _by_graphql_core(
    document: Document, operation: OperationDefinitionNode, variables: VariableValues, context: Context
) -> Answer:
    """Introspection, which the projection does not know."""
    result = run_by_graphql_core(document, operation, variables.coerced, context)
    errors = [error.formatted for error in result.errors or ()]
    return {"data": result.data, "errors": errors} if errors else {"data": result.data}


def run_by_graphql_core(
    document: Document, operation: OperationDefinitionNode, variables: Mapping[str, Any], context: Context
) -> ExecutionResult:
    """The same resolvers under graphql-core's executor."""
    schema = attach(served_schema())
    name = operation.name.value if operation.name else None
    if document.node is None:
        raise ValueError("a document with a syntax error cannot be run")
    return execute_sync(
        schema, document.node, context_value=context, variable_values=dict(variables), operation_name=name
    )
