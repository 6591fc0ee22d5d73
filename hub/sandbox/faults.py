"""What can go wrong between a client and a platform, by rule and by chance, and repeatable by seed."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Self

from hub.sandbox.message import Operation

#: Kind -> the seconds a rule takes where it names none; None = the kind knows no delay.
KINDS: dict[str, tuple[float, float] | None] = {
    "throttled": None,  # The platform's own "too many requests".
    "error_500": None,  # An error of the platform; nothing is done.
    "html_502": None,  # A gateway's page; nothing is done.
    "slow": (1.0, 3.0),  # Done at once, answered late.
    "dropped": None,  # The connection is closed before anything is done.
    "stored_then_dropped": None,  # Done, then the connection is closed without an answer.
    "stored_then_502": None,  # Done, then a gateway's page instead of the answer.
    "late": (5.0, 20.0),  # The connection is closed at once, the request is carried out afterwards.
    "delayed": (0.5, 2.0),  # Done after a delay, answered after a second one.
    "session_expired": None,  # The platform forgets the session and says so; nothing is done.
}
#: These are about what a write leaves behind; a read that meets one is dropped.
ABOUT_WRITES = frozenset({"stored_then_dropped", "stored_then_502", "late"})
#: These are the platform's own refusals and have no form for a file beside the API.
REFUSALS = frozenset({"throttled", "session_expired"})
#: Operations of these names make a session, so that none of theirs can have expired.
LOGINS = frozenset({"login", "access_token"})


@dataclass(slots=True)
class Rule:
    """One kind of fault and whom it meets: a share of the matching requests, or every n-th of them."""

    kind: str
    share: float = 0.0
    every: int = 0
    #: Patterns (fnmatch) over operation names; "reads" and "writes" stand for all of that sort; none = all requests.
    operations: tuple[str, ...] = ()
    #: The rule switches itself off after so many hits; None = never.
    times: int | None = None
    seconds: tuple[float, float] | None = None
    hits: int = 0
    seen: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"there is no fault {self.kind!r}; there are {', '.join(KINDS)}")
        if not 0 <= self.share <= 1:
            raise ValueError(f"the share of {self.kind} is {self.share}, but must lie within 0 and 1")
        if self.every < 0 or bool(self.share) == bool(self.every):
            raise ValueError(f"{self.kind} needs either a share above 0 or a count of requests (every)")
        if self.seconds is not None and not 0 <= self.seconds[0] <= self.seconds[1]:
            raise ValueError(f"the seconds of {self.kind} must be a range, the smaller number first")

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """A rule from the control API's form; raises ValueError with what is wrong."""
        unknown = set(value) - {"kind", "share", "every", "operations", "times", "seconds", "hits"}
        if unknown or "kind" not in value:
            raise ValueError(f"a rule has a kind, and knows no {', '.join(sorted(unknown)) or 'other name for it'}")
        low_high = value.get("seconds")
        times = value.get("times")
        return cls(
            kind=str(value["kind"]),
            share=float(value.get("share") or 0),
            every=int(value.get("every") or 0),
            operations=tuple(map(str, value.get("operations") or ())),
            times=None if times is None else int(times),
            seconds=None if low_high is None else (float(low_high[0]), float(low_high[-1])),
        )

    def to_json(self) -> dict[str, Any]:
        """The control API's form, with the hits so far."""
        return {
            "kind": self.kind,
            "share": self.share,
            "every": self.every,
            "operations": list(self.operations),
            "times": self.times,
            "seconds": self.seconds,
            "hits": self.hits,
        }

    def matches(self, operation: Operation) -> bool:
        """Whether the rule is on and about this operation."""
        if self.times is not None and self.hits >= self.times:
            return False
        if operation.file and self.kind in REFUSALS:
            return False
        if operation.name in LOGINS and self.kind == "session_expired":
            return False
        sort = "writes" if operation.writes else "reads"
        return not self.operations or any(p == sort or fnmatchcase(operation.name, p) for p in self.operations)


@dataclass(frozen=True, slots=True)
class Fault:
    """What one request meets. `first` and `second` are delays in seconds, 0 where the kind knows none."""

    kind: str
    first: float = 0.0
    second: float = 0.0


class Faults:
    """The rules in force. The first one that hits decides; the same seed and requests give the same faults."""

    def __init__(self, rules: Iterable[Rule] = (), seed: int = 0) -> None:
        self.rules = list(rules)
        self._random = random.Random(seed)

    def pick(self, operation: Operation) -> Fault | None:
        """Decide what this request meets."""
        for rule in self.rules:
            if rule.matches(operation) and self._hits(rule):
                rule.hits += 1
                return self._fault(rule, operation)
        return None

    def _hits(self, rule: Rule) -> bool:
        rule.seen += 1
        if rule.every:
            return rule.seen % rule.every == 0
        return self._random.random() < rule.share

    def _fault(self, rule: Rule, operation: Operation) -> Fault:
        if rule.kind in ABOUT_WRITES and not operation.writes:
            return Fault("dropped")
        low_high = rule.seconds or KINDS[rule.kind]
        if low_high is None:
            return Fault(rule.kind)
        return Fault(rule.kind, self._random.uniform(*low_high), self._random.uniform(*low_high))


_RULE = re.compile(
    r"(?P<kind>\w+)=(?:every(?P<every>\d+)|(?P<share>\d*\.?\d+))"
    r"(?::(?P<low>\d*\.?\d+)(?:-(?P<high>\d*\.?\d+))?)?"
    r"(?:#(?P<times>\d+))?"
    r"(?:@(?P<operations>.+))?"
)


def parse_faults(text: str) -> list[Rule]:
    """Rules from `KIND=SHARE[:LOW-HIGH][#TIMES][@NAME|NAME...],...`; `everyN` may stand for the share.

    `late=0.1:5-20,throttled=0.05@products` · `dropped=every3#2@POST Orders|writes`. Raises ValueError.
    """
    return [_parse_rule(part.strip()) for part in text.split(",") if part.strip()]


def _parse_rule(text: str) -> Rule:
    match = _RULE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no fault; write one as late=0.1:5-20 or throttled=0.05@products")
    low, high, times = match["low"], match["high"] or match["low"], match["times"]
    return Rule(
        kind=match["kind"],
        share=float(match["share"] or 0),
        every=int(match["every"] or 0),
        operations=tuple(match["operations"].split("|")) if match["operations"] else (),
        times=int(times) if times else None,
        seconds=(float(low), float(high)) if low else None,
    )
