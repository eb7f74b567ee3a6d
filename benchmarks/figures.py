"""What a benchmark tells: figures, each with its bar where it has one, and the machine they were measured on."""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = (
    "octavo",
    "pypdfium2",
    "pillow",
    "pyarrow",
    "numpy",
    "torch",
    "transformers",
    "rapidocr",
    "pdf2image",
    "ray",
    "datasets",
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. `bar` is what it must reach, "" where nothing is promised; `holds` whether it does."""

    what: str
    value: float
    unit: str
    bar: str = ""
    holds: bool = True


@dataclass(slots=True)
class Result:
    """The figures of one benchmark."""

    name: str
    figures: list[Figure] = field(default_factory=list)

    def add(self, what: str, value: float, unit: str, least: float | None = None, most: float | None = None) -> None:
        """Take in a figure that must be at least `least` or at most `most`, and print it."""
        bar = f">= {least:g}" if least is not None else f"<= {most:g}" if most is not None else ""
        holds = (least is None or value >= least) and (most is None or value <= most)
        figure = Figure(what, round(value, 4), unit, bar, holds)
        self.figures.append(figure)
        mark = "" if not bar else f"   {'holds' if holds else 'MISSED'} {bar}"
        print(f"{what}: {figure.value:g} {unit}{mark}", flush=True)

    def to_json(self) -> dict[str, Any]:
        """The result as `octavo bench --json` writes it."""
        return {
            "name": self.name,
            "commit": commit(),
            "machine": machine(),
            "versions": versions(),
            "figures": [asdict(figure) for figure in self.figures],
        }

    def write(self, path: Path) -> None:
        """Write the result as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.to_json(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def commit() -> str:
    """The checkout that is measured, with a "+" where its files are not those of the commit; "" outside of git."""
    command = ["git", "-C", Path(__file__).parent, "describe", "--always", "--exclude=*", "--abbrev=40", "--dirty=+"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def machine() -> dict[str, Any]:
    """The processor, its cores and the memory of this machine."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        names = [line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": model,
        "cores": os.cpu_count(),
        "memory_gib": round(memory / 2**30, 1),
        "python": platform.python_version(),
    }


def versions() -> dict[str, str]:
    """The versions of what was measured, as far as it is installed."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def as_markdown(result: Mapping[str, Any]) -> str:
    """A result as a table for a model's card, from what `Result.to_json` wrote."""
    versions, machine = result["versions"], result["machine"]
    of = (
        f"commit {result['commit'][:12]}, octavo {versions['octavo']}, {machine['processor']}, {machine['cores']} cores"
    )
    rows = [
        f"| {figure['what']} | {figure['value']:g} {figure['unit']} | {figure['bar']} "
        f"| {('yes' if figure['holds'] else 'no') if figure['bar'] else ''} |"
        for figure in result["figures"]
    ]
    head = ["| what | value | bar | holds |", "|---|---|---|---|"]
    return "\n".join([f"`octavo bench {result['name']}`, {of}:\n", *head, *rows])


if __name__ == "__main__":
    print(as_markdown(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
