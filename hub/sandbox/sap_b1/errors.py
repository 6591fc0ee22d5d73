"""What the Service Layer refuses, each with its HTTP status and its code."""

from __future__ import annotations

from hub.sandbox.sap_b1.names import quoted


class ServiceError(Exception):
    """A refusal in the platform's terms; the wire module gives it the shape of the OData version asked for."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def bad_request(message: str) -> ServiceError:
    """A path, query option or body the Service Layer cannot make sense of."""
    return ServiceError(400, -1000, message)


def unknown_property(name: str, type_name: str) -> ServiceError:
    """A property the type does not have, or a user field that is not visible yet."""
    return bad_request(f"Property '{name}' of '{type_name}' is invalid")


def bad_value(message: str) -> ServiceError:
    """A value its property cannot take: wrong type, too long, not one of an enumeration."""
    return ServiceError(400, -1004, message)


def no_session() -> ServiceError:
    """No session, a session that timed out, or a path in the wrong letter case before any session."""
    return ServiceError(401, 301, "Invalid session or session already timeout.")


def not_found() -> ServiceError:
    """A read of a key that is not there."""
    return ServiceError(404, -2028, "No matching records found (ODBC -2028)")


def no_target(key: object) -> ServiceError:
    """A change of a key that is not there."""
    return ServiceError(404, -2028, f"Entity with value({quoted(key)}) does not exist")


def no_reference(what: str) -> ServiceError:
    """A code inside the body that names nothing."""
    return ServiceError(400, -2028, f"No matching records found (ODBC -2028) [{what}]")


def already_there() -> ServiceError:
    """A key or a name within its parent that is taken."""
    return ServiceError(400, -2035, "This entry already exists in the following tables (ODBC -2035)")


def stale() -> ServiceError:
    """If-Match names a version that is not the current one."""
    return ServiceError(
        412, -2039, "Another user or another operation modified data; to continue, open the window again (ODBC -2039)"
    )


def not_supported() -> ServiceError:
    """An action the object, or its state, does not allow."""
    return ServiceError(400, -5006, "The requested action is not supported for this object.")


def refused(message: str) -> ServiceError:
    """A rule of the business logic about the content of a record."""
    return ServiceError(400, -5002, message)


def inactive(message: str) -> ServiceError:
    """A master record that is inactive or frozen."""
    return ServiceError(400, -10, message)


class DraftStored(ServiceError):
    """An approval procedure applies: a draft *was* stored, and yet the answer is an error."""

    def __init__(self, entry: int) -> None:
        super().__init__(400, -2028, "No matching records found (ODBC -2028)")
        #: DocEntry of the draft.
        self.entry = entry
