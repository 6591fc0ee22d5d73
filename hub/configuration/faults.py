"""What is wrong in a file, and where: all faults at once, each with its place, its path and what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hub.errors import ConfigurationError

#: Keys and indexes from the top of the file to a value.
Path = tuple[str | int, ...]


def shown(path: Path) -> str:
    """A path as people write it: `maps.location[1].erp`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One fault; line and column count from 1."""

    line: int
    column: int
    path: str
    text: str
    fix: str


class FaultyFile(ConfigurationError):
    """The file cannot be applied; nothing was changed."""

    def __init__(self, source: str, faults: Sequence[Fault]) -> None:
        self.source = source
        self.faults = tuple(sorted(faults))
        count = "one fault" if len(faults) == 1 else f"{len(faults)} faults"
        lines = [f"{source} has {count}; nothing was changed."]
        lines += [
            f"  line {fault.line}, column {fault.column}: "
            f"{f'{fault.path}: ' if fault.path else ''}{fault.text} {fault.fix}"
            for fault in self.faults
        ]
        super().__init__("\n".join(lines), detail=source, fix="Mend each line named above, then apply the file again.")


@dataclass(slots=True)
class Places:
    """Where each key and value of a file stands, and the faults found so far."""

    source: str
    #: Line and column of the key (or, in a list, of the value).
    positions: Mapping[Path, tuple[int, int]]
    #: The same of the value alone.
    values: Mapping[Path, tuple[int, int]]
    faults: list[Fault] = field(default_factory=list)

    def fault(self, path: Path, text: str, fix: str, *, at_value: bool = False) -> None:
        """Note a fault; what is missing is reported at what should hold it."""
        positions = self.values if at_value else self.positions
        found = path
        while found and found not in positions:
            found = found[:-1]
        line, column = positions.get(found, (1, 1))
        self.faults.append(Fault(line, column, shown(path), text, fix))

    def has_fault(self, path: Path) -> bool:
        """Whether a fault was noted at just this path."""
        return any(fault.path == shown(path) for fault in self.faults)

    def refuse_faults(self) -> None:
        """Raise FaultyFile if there are any."""
        if self.faults:
            raise FaultyFile(self.source, self.faults)
