"""From a row of a data set to the sample that is trained."""

import hashlib
from collections.abc import Sequence

from octavo.datasets import DataSet
from octavo.datasets.types import Question
from octavo.processing import Processor, Sample
from octavo.processing.conversation import conversation


def drawn(questions: Sequence[Question], most: int, key: str) -> list[Question]:
    """At most `most` of the questions, chosen and ordered by a hash of `key` and the question.

    A hash and not a generator's state: which questions a row gives does not depend on what was drawn before,
    so a run resumed in the middle of an epoch draws what it would have drawn.
    """

    def rank(question: Question) -> bytes:
        return hashlib.blake2b(f"{key}\0{question.text}".encode(), digest_size=16).digest()

    return sorted(questions, key=rank)[:most]


class SampleSource:
    """The samples of one split, made when they are asked for: a page, and questions about it or a conversation.

    `questions_per_sample` bounds the turns; a page's other questions come in other epochs. `isolated` makes each
    turn a branch of its own behind the page, in place of a conversation in which later turns see the earlier ones.
    """

    def __init__(
        self,
        data: DataSet,
        split: str,
        processor: Processor,
        questions_per_sample: int,
        seed: int,
        isolated: bool = True,
    ) -> None:
        self.rows = data.rows(split)
        self.processor = processor
        self.questions_per_sample = questions_per_sample
        self.seed = seed
        self.isolated = isolated

    def __len__(self) -> int:
        return len(self.rows)

    def sample(self, index: int, epoch: int) -> Sample:
        """Row `index` as a sample. Raises `OctavoError` where its text holds a special token, which would forge an
        image, or its picture cannot be decoded.
        """
        row = self.rows.row(index)
        questions = drawn(row.questions, self.questions_per_sample, f"{self.seed}/{epoch}/{index}")
        images = [image.pil() for image in row.images]
        turns = [(question.text, question.answer) for question in questions]
        if self.isolated:
            return self.processor.encode_branches(turns, images)
        return self.processor.encode(conversation(turns, len(images)), images)
