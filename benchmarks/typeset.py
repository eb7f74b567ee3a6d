"""Typeset documents that training never saw, as a task: other seeds, fonts that are held out, the PDF reader's raster.

Training draws its pages by itself, in `octavo.synthetic.faces.FAMILIES`. These are PDF files in the standard fonts,
which it never draws, and in `HELD_OUT`; pdfium renders them. Half of a page's questions again are for facts that it
does not have.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

from octavo.datasets.types import Question
from octavo.documents import Page, Reader
from octavo.documents.types import NOT_HERE, PageImage, Word
from octavo.errors import OctavoError
from octavo.evaluation.types import Item
from octavo.synthetic.faces import HELD_OUT, Family, installed
from octavo.synthetic.kinds import DRAW, document
from octavo.synthetic.papers import TELLING
from octavo.synthetic.questions import KIND_OF, PHRASES, questions
from octavo.synthetic.sheet import STANDARD, Finding

SEED = "held out"  # no seed of a recipe or of octavo synth, which are numbers
WHOLE = 480_000  # square points; Letter has 484,704
ABSENT, ABSENT_ASKED = "absent", 2  # the kind of such questions, and how many a page gets


def held_out() -> tuple[Family, ...]:
    """The font families that training never draws. Raises `OctavoError` where this machine has none."""
    found = installed(HELD_OUT)
    if not found:
        packages = " ".join(sorted({family.package for family in HELD_OUT}))
        raise OctavoError(f"the fonts that training never draws are not installed: apt install {packages}")
    return found


class TypesetTask:
    """Some documents of every kind, in `folder`; an item's document is called by its kind and number.

    `whole` are the ids of the items about pages of A4 or Letter.
    """

    name, prompts, metrics = "typeset", "built", ("anls", "exact_match")

    def __init__(self, folder: Path, each: int) -> None:
        self.items: list[Item] = []
        self.whole: set[str] = set()
        self._pages: dict[str, Page] = {}
        families = (*STANDARD, *held_out())
        folder.mkdir()
        with Reader() as reader:
            for kind in DRAW:
                for number in range(each):
                    self._add(folder / f"{kind}-{number:03d}.pdf", kind, families, reader)

    def images(self, item: Item) -> tuple[PageImage, ...]:
        """The item's page."""
        return (self._pages[item.group].image,)

    def words(self, item: Item) -> tuple[tuple[Word, ...], ...]:
        """The words of the item's page."""
        return (self._pages[item.group].words,)

    def _add(self, path: Path, kind: str, families: Sequence[Family], reader: Reader) -> None:
        random = Random(f"{SEED} {path.stem}")
        sheet = document(kind, random, families)
        sheet.save(path)
        findings = sheet.findings()
        asked: defaultdict[int, list[Question]] = defaultdict(list)
        for question in questions(random, findings):
            asked[question.page].append(question)
        for page in reader.pages(reader.open(path), sorted(asked)):
            group = f"{path.stem}:{page.number}"
            self._pages[group] = page
            for at, question in enumerate([*asked[page.number], *_absent(random, findings, page.number)]):
                if page.width * page.height > WHOLE:
                    self.whole.add(f"{group}.{at}")
                self.items.append(
                    Item(
                        f"{group}.{at}",
                        question.text,
                        (question.answer,),
                        path.stem,
                        group,
                        question.kind,
                        (page.number,),
                        page=page.number if question.boxes else 0,
                        boxes=question.boxes,
                        text=page.text,
                    )
                )


def _absent(random: Random, findings: Mapping[str, Finding], page: int) -> list[Question]:
    """Questions for facts that the document does not have."""
    names = random.sample([name for name in TELLING if name not in findings], ABSENT_ASKED)
    return [Question(random.choice(PHRASES[KIND_OF[name]][name]), NOT_HERE, page, (), ABSENT, SEED) for name in names]
