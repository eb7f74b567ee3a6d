"""Conversations from others' Parquet as it is: Docmatix, The Cauldron, rows of text alone."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
from PIL import Image

from octavo.datasets import Rows
from octavo.errors import OctavoError
from octavo.processing import Processor
from octavo.training.samples import Source, decoded, drawn, place

MOST_TURNS = 7  # of a row, shuffled; as the authors take them (github.com/huggingface/smollm, vision/m4)
LONGEST_OF_DOCMATIX = 500  # characters of a question or an answer; likewise


class Conversations(Source):
    """The rows of Parquet files, each a conversation about its images.

    The columns are Docmatix's and The Cauldron's: `texts` with `user` and `assistant`, and `images`; rows of text
    alone (`pictured=False`) need no images, and theirs are not looked at. A row with a turn of over `longest`
    characters is not used.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        processor: Processor,
        seed: int,
        pictured: bool = True,
        longest: int | None = None,
        resolutions: bool = False,
    ) -> None:
        super().__init__(processor, seed, resolutions=resolutions)
        self.folder = paths[0].parent
        try:
            self.rows = Rows(paths)
        except pa.ArrowInvalid as error:
            raise OctavoError(f"{self.folder} holds files of different columns; give each kind a part") from error
        if "texts" not in self.rows.table.column_names:
            raise OctavoError(f"{paths[0]} has no column 'texts'; it is none of Docmatix's or The Cauldron's form")
        self.pictured, self.longest = pictured, longest

    def __len__(self) -> int:
        return len(self.rows)

    def groups(self) -> Sequence[int]:
        """The row groups, of some hundred rows in others' files."""
        return self.rows.group_sizes

    def turns(self, index: int, epoch: int) -> list[tuple[str, str]]:
        """The row's turns, shuffled, as many as are taken."""
        questions = self.rows.questions(index)
        if not questions or not all(question.text and question.answer for question in questions):
            raise OctavoError("a question or an answer is empty")
        if self.longest is not None:
            over = max(max(len(question.text), len(question.answer)) for question in questions)
            if over > self.longest:
                raise OctavoError(f"a question or an answer has over {self.longest} characters")
        some = drawn(questions, MOST_TURNS, f"{self.seed}/{epoch}/{index}")
        return [(question.text, question.answer) for question in some]

    def name(self, index: int) -> str:
        """The number of the row."""
        return place(self.rows, index, self.folder)

    def sizes(self, index: int) -> Sequence[tuple[int, int]]:
        """Width and height of the row's images in pixels."""
        return self.rows.sizes(index) if self.pictured else ()

    def images(self, index: int) -> list[Image.Image]:
        """The row's images."""
        return decoded(self.rows.row(index)) if self.pictured else []
