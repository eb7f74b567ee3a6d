"""The documents name what exists."""

import ast
import re
from pathlib import Path

import pytest
import typer

import octavo
from octavo.cli import app

PACKAGE = Path(octavo.__file__).parent
ROOT = Path(__file__).parents[1]
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*(\(.*\))?")
# What architecture.md names that is not defined in the package: tokens, files, other projects, settings.
FOREIGN = {"report.json", "transformers", "datasets.load_dataset", "octavo"}


def defined_names() -> set[str]:
    """Every module, function, class, method, attribute and argument of the package, by its own name."""
    names: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        names |= {path.stem, path.parent.name, path.name}
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                names.add(node.name)
            elif isinstance(node, ast.arg):
                names.add(node.arg)
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                names.add(node.target.id)
    return names


def test_every_name_in_the_architecture_exists() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    spans = set(re.findall(r"`([^`\n]+)`", text)) - FOREIGN
    names = [span for span in spans if IDENTIFIER.fullmatch(span)]
    known = defined_names()
    missing = {name for name in names for part in name.split("(")[0].split(".") if part not in known | {"py"}}
    assert not missing
    assert len(names) > 30


def readme_commands() -> list[list[str]]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```\n(.*?)```", text, flags=re.DOTALL)
    lines = [line.split("#")[0].strip() for block in blocks for line in block.splitlines()]
    return [line.split() for line in lines if line.startswith("octavo ")]


@pytest.mark.parametrize("command", readme_commands(), ids=" ".join)
def test_every_command_in_the_readme_exists(command: list[str]) -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    assert command[1] in commands
    options = {option for parameter in commands[command[1]].params for option in parameter.opts}
    for word in command[2:]:
        if word.lstrip("[").startswith("--"):
            assert word.strip("[]") in options


def test_every_make_target_in_the_readme_exists() -> None:
    readme, makefile = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "Makefile"))
    for target in re.findall(r"^make (\w+)|`make (\w+)`", readme, re.MULTILINE):
        assert re.search(rf"^{''.join(target)}:", makefile, re.MULTILINE)


def test_links_lead_somewhere() -> None:
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert target.startswith("https://") or (page.parent / target).exists(), f"{page.name}: {target}"
