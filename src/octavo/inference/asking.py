"""Pages asked through the engine, which reads them once."""

from collections.abc import Sequence

from PIL import Image

from octavo.inference.engine import Engine, Guide, Sampling
from octavo.inference.types import Generated
from octavo.processing.conversation import conversation, question_message


class PageAsker:
    """Some images seen together, and the questions asked about them; `seconds` is what reading them took.

    They are read with the first question.
    """

    def __init__(self, engine: Engine, images: Sequence[Image.Image], max_new_tokens: int = 64) -> None:
        self.engine, self.images = engine, images
        self.sampling = Sampling(max_tokens=max_new_tokens)
        self.seconds = 0.0

    def ask(self, question: str, guide: Guide | None = None) -> Generated:
        """The greedy answer, held to `guide`.

        Raises `OctavoError` where page, question and answer are too long together, or the guide allows no short answer.
        """
        prompt = self.engine.prepare([question_message(question, len(self.images))], self.images)
        done = self.engine.answer(prompt, self.sampling, guide)
        self.seconds = self.seconds or done.page_s
        return Generated(done.text, done.confidence, done.reason == "stop", done.seconds - done.page_s)

    def answer_losses(self, question: str, answer: str) -> list[float]:
        """Cross-entropy in nats of each token of `answer` and of its end token; raises what `ask` raises."""
        grids = [self.engine.processor.grid(*image.size) for image in self.images]
        turns = conversation([(question, answer)], len(self.images))
        ids_T, labels_T = self.engine.processor.encode_text(turns, grids)
        answer_T = (labels_T != -100).nonzero().squeeze(1)
        prompt = self.engine.prompt(ids_T[: int(answer_T[-1]) + 1], self.images)
        return [-token.logprob for token in self.engine.score(prompt, len(answer_T)).tokens]
