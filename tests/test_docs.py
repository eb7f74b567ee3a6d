"""The documents name what exists."""

import ast
import re
import shlex
from pathlib import Path

import pytest
import typer

import octavo
from octavo.cli import app
from octavo.training import load_recipe, shipped_recipes

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


def commands_in(page: str) -> list[list[str]]:
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = re.findall(r"```\n(.*?)```", text, flags=re.DOTALL)
    lines = [line.split("#")[0].strip() for block in blocks for line in block.splitlines()]
    return [shlex.split(line[line.index("octavo ") :]) for line in lines if line.startswith(("octavo ", "torchrun "))]


@pytest.mark.parametrize("command", commands_in("README.md") + commands_in("docs/training.md"), ids=" ".join)
def test_every_command_exists(command: list[str]) -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    assert command[1] in commands
    options = {option for parameter in commands[command[1]].params for option in parameter.opts}
    for word in command[2:]:
        if word.lstrip("[").startswith("--"):
            assert word.strip("[]") in options


def test_recipes_and_their_settings_in_the_documents_exist(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "training.md").read_text(encoding="utf-8")
    recipes = {command[2] for command in commands_in("docs/training.md") if command[1] in ("train", "plan")}
    named = set(re.findall(r"`((?:study/|smolvlm-|idefics3-|finetune-)[\w.-]+)`", text))
    assert recipes | named <= set(shipped_recipes())
    assert {name for name in shipped_recipes() if name.startswith("study/")} <= named
    for block in re.findall(r"```yaml\n(.*?)```", text, flags=re.DOTALL):
        path = tmp_path / "mine.yaml"
        path.write_text(block, encoding="utf-8")
        assert load_recipe(str(path)).name == "mine"
    settings = re.findall(r"--set '?((?:stages|seed|sharding)[\w.]*=[^\s'`]+)", text)
    assert len(settings) > 8
    for setting in settings:
        adapted = ("stages.0.adapter=null",) if "freeze" in setting else ()
        base = "study/self-adapted" if setting.startswith("stages.1") else "finetune-smolvlm-256m"
        base = "smolvlm-256m" if ".data.0." in setting else base
        load_recipe(base, (*adapted, setting))


def test_every_make_target_in_the_readme_exists() -> None:
    readme, makefile = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "Makefile"))
    for target in re.findall(r"^make (\w+)|`make (\w+)`", readme, re.MULTILINE):
        assert re.search(rf"^{''.join(target)}:", makefile, re.MULTILINE)


def test_links_lead_somewhere() -> None:
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert target.startswith("https://") or (page.parent / target).exists(), f"{page.name}: {target}"
