"""What a run found, in memory and as JSON: every value, one case a line."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cattrs
from attrs import evolve, frozen

from benchmarks.profiles import Profile
from benchmarks.report import Case, Sample, Table


__all__ = ["BASELINE", "Result", "Results", "merged", "read", "write"]

BASELINE = Path(__file__).with_name("baseline.json")


@frozen(kw_only=True)
class Result:
    """
    What one benchmark found.

    Attributes:
        seconds: How long it took.
    """

    title: str
    notes: tuple[str, ...]
    seconds: float
    cases: tuple[Case, ...]

    @classmethod
    def of(cls, table: Table, cases: list[Case], seconds: float) -> "Result":
        return cls(title=table.title, notes=tuple(table.notes), seconds=seconds, cases=tuple(cases))


@frozen(kw_only=True)
class Results:
    """
    What a run found.

    Attributes:
        environment: What the numbers depend on.
        benchmarks: By name.
    """

    profile: Profile
    environment: Mapping[str, str]
    benchmarks: Mapping[str, Result]

    def case(self, benchmark: str, name: str, unit: str) -> Case:
        """Return the one case that is called so."""
        cases = self.benchmarks[benchmark].cases
        [found] = [case for case in cases if (case.name, case.unit) == (name, unit)]
        return found


def merged(old: Results, new: Results) -> Results:
    """Return the new results, and of the old ones what was not measured again."""
    return evolve(new, benchmarks={**old.benchmarks, **new.benchmarks})


def read(path: Path) -> Results:
    return _CONVERTER.structure(json.loads(path.read_text(encoding="utf-8")), Results)


def write(path: Path, results: Results) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_text(_CONVERTER.unstructure(results)), encoding="utf-8")


def _text(document: dict[str, Any]) -> str:
    """Lay JSON out so that a changed case is a changed line."""
    head = (f'"{key}": {json.dumps(document[key])}' for key in ("profile", "environment"))
    found = (f'"{name}": {_block(each)}' for name, each in document["benchmarks"].items())
    return "{{\n{},\n{},\n{}\n}}\n".format(*head, '"benchmarks": {\n' + ",\n".join(found) + "\n}")


def _block(result: dict[str, Any]) -> str:
    lines = [f'"{key}": {json.dumps(result[key])}' for key in ("title", "notes", "seconds")]
    cases = ",\n".join(json.dumps(case) for case in result["cases"])
    return "{\n" + ",\n".join([*lines, f'"cases": [\n{cases}\n]']) + "\n}"


def _rounded(sample: Sample) -> list[float]:
    # Six figures are more than any of this is good for.
    return [float(f"{value:.6g}") for value in sample.values]


_CONVERTER = cattrs.Converter()
_CONVERTER.register_unstructure_hook(Sample, _rounded)
_CONVERTER.register_structure_hook(Sample, lambda values, _: Sample(values))
