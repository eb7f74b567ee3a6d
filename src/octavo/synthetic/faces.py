"""Font families for drawn pages: which there are, under what licence, and where they lie on this machine.

A page for training is drawn in fonts that people use. They are not part of Octavo; Debian and its kin have them as
packages (`apt install` and the names below). Bitstream Vera comes with reportlab and is there always.
"""

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import reportlab
from PIL import ImageFont

UNIT = 1000  # pixels; the size at which advances are measured, where hinting rounds no more
OFL, APACHE, VERA = "SIL Open Font License 1.1", "Apache License 2.0", "Bitstream Vera licence"


@dataclass(frozen=True, slots=True)
class Family:
    """The files of a typeface, without ".ttf"; `package` is Debian's, or the Python package that brings it."""

    name: str
    licence: str
    package: str
    regular: str
    bold: str
    italic: str


def _family(name: str, licence: str, package: str, stem: str, styles: tuple[str, str, str]) -> Family:
    return Family(name, licence, package, *(f"{stem}{style}" for style in styles))


_PLAIN = ("-Regular", "-Bold", "-Italic")
_OBLIQUE = ("", "-Bold", "-Oblique")
_ITALIC = ("", "-Bold", "-Italic")
FAMILIES = (
    _family("Bitstream Vera Sans", VERA, "reportlab", "Vera", ("", "Bd", "It")),
    _family("DejaVu Sans", VERA, "fonts-dejavu", "DejaVuSans", _OBLIQUE),
    _family("DejaVu Sans Condensed", VERA, "fonts-dejavu", "DejaVuSansCondensed", _OBLIQUE),
    _family("DejaVu Sans Mono", VERA, "fonts-dejavu", "DejaVuSansMono", _OBLIQUE),
    _family("DejaVu Serif", VERA, "fonts-dejavu", "DejaVuSerif", _ITALIC),
    _family("Liberation Sans", OFL, "fonts-liberation", "LiberationSans", _PLAIN),
    _family("Liberation Serif", OFL, "fonts-liberation", "LiberationSerif", _PLAIN),
    _family("Liberation Mono", OFL, "fonts-liberation", "LiberationMono", _PLAIN),
    _family("Carlito", OFL, "fonts-crosextra-carlito", "Carlito", _PLAIN),
    _family("Caladea", APACHE, "fonts-crosextra-caladea", "Caladea", _PLAIN),
    _family("Lato", OFL, "fonts-lato", "Lato", _PLAIN),
    _family("Lato Medium", OFL, "fonts-lato", "Lato", ("-Medium", "-Heavy", "-MediumItalic")),
    _family("Roboto", APACHE, "fonts-roboto-unhinted", "Roboto", _PLAIN),
    _family("Roboto Condensed", APACHE, "fonts-roboto-unhinted", "RobotoCondensed", _PLAIN),
    _family("Noto Sans", OFL, "fonts-noto-core", "NotoSans", _PLAIN),
    _family("Noto Serif Display", OFL, "fonts-noto-core", "NotoSerifDisplay", _PLAIN),
)
# For validation alone: training never draws them.
HELD_OUT = (
    _family("Open Sans", APACHE, "fonts-open-sans", "OpenSans", _PLAIN),
    _family("Noto Serif", OFL, "fonts-noto-core", "NotoSerif", _PLAIN),
    _family("Vollkorn", OFL, "fonts-vollkorn", "Vollkorn", _PLAIN),
)


@cache
def font_files() -> dict[str, Path]:
    """TrueType files by their names without ".ttf": reportlab's, and those of the folders in which fonts are kept.

    The folders are "fonts" in `XDG_DATA_HOME` and `XDG_DATA_DIRS`, as the XDG base directories have it.
    """
    home = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    system = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    folders = [Path(folder) / "fonts" for folder in (*reversed(system.split(":")), home)]
    found = [path for folder in (Path(reportlab.__file__).parent, *folders) for path in sorted(folder.rglob("*.ttf"))]
    return {path.stem: path for path in found}


def installed(families: tuple[Family, ...]) -> tuple[Family, ...]:
    """Those of the families of which this machine has every file."""
    files = font_files()
    return tuple(f for f in families if {f.regular, f.bold, f.italic} <= files.keys())


@cache
def unit_font(font: str) -> ImageFont.FreeTypeFont:
    """A font at `UNIT` pixels."""
    return ImageFont.truetype(font_files()[font], UNIT, layout_engine=ImageFont.Layout.BASIC)


@cache
def advance(font: str, char: str) -> float:
    """How far a character moves the pen, in sizes of the font."""
    return float(unit_font(font).getlength(char)) / UNIT


@cache
def has_glyph(font: str, char: str) -> bool:
    """Whether a font can draw a character: a missing one is drawn as the font's box."""
    return char == " " or _shape(font, char) != _shape(font, "\U0010fffe")


@cache
def _shape(font: str, char: str) -> bytes:
    return bytes(_small_font(font).getmask(char))


@cache
def _small_font(font: str) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(font_files()[font], 16, layout_engine=ImageFont.Layout.BASIC)


def width(font: str, text: str, size: float) -> float:
    """The width of `text` at `size`, in the unit of `size`."""
    return size * sum(advance(font, char) for char in text)
