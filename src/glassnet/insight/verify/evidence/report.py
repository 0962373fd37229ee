"""What a verification found: a check for each parameter, the findings, and all of it as text."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field

from glassnet.insight.verify.evidence.tree import Name

RIGHT, WRONG, KINK, MISSING = "right", "wrong", "kink", "missing"


@dataclass(frozen=True)
class Check:
    """One parameter's gradient beside the numeric one.

    error: ‖a − n‖ / (‖a‖ + ‖n‖) of the analytic a and the numeric n, over `tested` numbers of
    `size`; worst: where they differ most, with both numbers there. kinks: how many coordinates lie
    at a kink, where there is no derivative; they count for nothing. verdict: 'right', 'wrong',
    'kink' (nothing but kinks) or 'missing' (no array to compare).
    """

    parameter: Name
    shape: tuple[int, ...]
    error: float
    verdict: str
    tested: int
    size: int
    kinks: int = 0
    worst: tuple[int, ...] | None = None
    analytic: float = float("nan")
    numeric: float = float("nan")
    where: str = "your parameters"


@dataclass(frozen=True)
class Finding:
    """A mistake: in which parameter's gradient, which (a stable name), the numbers, what to do.

    advice: a sentence, and behind a line break the corrected line where there is one.
    """

    parameter: Name
    fault: str
    evidence: dict[str, float]
    advice: str


@dataclass(frozen=True)
class Report:
    """The outcome of ``verify``: `ok`, the findings, a check for each parameter, and notes."""

    ok: bool
    findings: tuple[Finding, ...]
    checks: tuple[Check, ...]
    notes: tuple[str, ...] = ()
    network: str = ""
    tolerance: float = field(default=1e-6)

    def text(self, width: int = 80) -> str:
        """The report for a terminal of `width` characters."""
        return "\n".join(_text(self, width))

    def __str__(self) -> str:
        return self.text()


def _text(report: Report, width: int) -> list[str]:
    lines = [_headline(report)]
    if report.network:
        lines += _wrapped(f"network: {report.network}", width, "  ")
    if report.checks:
        lines += ["", *table(report.checks)]
    for finding in report.findings:
        lines += ["", *_finding(finding, width)]
    if report.notes:
        lines.append("")
        for note in report.notes:
            lines += _wrapped(f"note: {note}", width, "  ")
    return lines


def _headline(report: Report) -> str:
    if not report.ok:
        count = len(report.findings)
        return f"{count} {'mistake' if count == 1 else 'mistakes'} found"
    tested = sum(check.tested for check in report.checks)
    return f"the gradient is right: {tested:,} of its numbers compared with numeric ones"


def table(checks: Sequence[Check], analytic: str = "yours") -> list[str]:
    """A line for each parameter: error, verdict, and both numbers where they differ most."""
    rows = [("parameter", "shape", "error", "verdict", "where worst", analytic, "numeric")]
    for check in checks:
        place = "" if check.worst is None else f"[{', '.join(map(str, check.worst))}]"
        numbers = ("", "") if check.worst is None else (_six(check.analytic), _six(check.numeric))
        error = "" if check.verdict in (KINK, MISSING) else f"{check.error:.1e}"
        rows.append(
            (str(check.parameter), _shape(check.shape), error, check.verdict, place, *numbers)
        )
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(size) if i in (2, 5, 6) else cell.ljust(size)
            for i, (cell, size) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append(("  " + "  ".join(cells)).rstrip())
    return lines


def _shape(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape)) if shape else "one number"


def _six(value: float) -> str:
    return f"{value:.6g}"


def _finding(finding: Finding, width: int) -> list[str]:
    sentence, _, code = finding.advice.partition("\n")
    lines = [f"{finding.parameter}: {finding.fault}", *_wrapped(sentence, width, "  ")]
    lines += [f"      {line}" for line in code.splitlines()]
    if finding.evidence:
        told = ", ".join(f"{key} {_six(value)}" for key, value in finding.evidence.items())
        lines += _wrapped(f"evidence: {told}", width, "  ")
    return lines


def _wrapped(text: str, width: int, indent: str) -> list[str]:
    return textwrap.wrap(text, width, initial_indent=indent, subsequent_indent=indent + "  ")
