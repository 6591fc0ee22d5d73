"""What a browser keeps as a file: the message log while it is written, and one message with all that it holds."""

from __future__ import annotations

import re
from datetime import date
from threading import BoundedSemaphore

import orjson
from werkzeug.wrappers import Response

from hub.errors import ConfigurationError
from hub.log_export import TYPES, Export
from message_log.detail import Detail

#: So many exports at a time: each holds a thread of the server for as long as its reader takes.
AT_A_TIME = 3


class Exports:
    """Sends exports of the log as they are written, a few at a time."""

    def __init__(self) -> None:
        self._places = BoundedSemaphore(AT_A_TIME)

    def send(self, export: Export, today: date) -> Response:
        """The answer whose body is the export; ConfigurationError while too many are being written."""
        if not self._places.acquire(blocking=False):
            raise ConfigurationError(
                f"{AT_A_TIME} exports are being written already.", fix="Try again when one of them has come to its end."
            )

        answer = Response((part.encode() for part in export.parts()), content_type=TYPES[export.form])
        answer.headers["Content-Disposition"] = _attachment(
            f"messages-{export.filters.integration or 'all'}-{today:%Y-%m-%d}.{export.form}"
        )
        # A proxy must not gather it, either.
        answer.headers["X-Accel-Buffering"] = "no"
        answer.call_on_close(self._places.release)
        return answer


def whole_message(detail: Detail) -> Response:
    """One message with its payloads, attempts and calls as a file of JSON."""
    answer = Response(orjson.dumps(detail, option=orjson.OPT_INDENT_2), content_type="application/json")
    answer.headers["Content-Disposition"] = _attachment(f"message-{detail.entry.integration}-{detail.entry.id}.json")
    return answer


def _attachment(name: str) -> str:
    return f'attachment; filename="{re.sub(r"[^A-Za-z0-9._-]+", "_", name)}"'
