"""What all commands share: the application, the console, options of several commands."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="A folder of PDFs in, a model that answers questions about such pages out.",
)
console = Console(highlight=False, soft_wrap=True, markup=False)  # names and answers are not ours: never markup

MODEL = "octavo-nano, a run folder, a Hugging Face folder or a hub name"
Inputs = Annotated[list[Path], typer.Argument(metavar="PDFS...", help="Folders and files: PDF, PNG, JPEG, TIFF, WebP.")]
Passwords = Annotated[
    list[str] | None, typer.Option("--password", help="A password to try on encrypted PDFs; may be repeated.")
]
Workers = Annotated[int, typer.Option(min=1, help="Processes that read documents.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


def printable(text: str) -> str:
    """The text without control characters: a file's name or a model's answer must not drive the terminal."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
