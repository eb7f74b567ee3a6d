"""A model of the `transformers` library under test, to compare Octavo's engine with. Needs `octavo[transformers]`."""

import time
from collections.abc import Iterator, Sequence
from typing import Any

from octavo.documents.types import PageImage
from octavo.errors import OctavoError
from octavo.evaluation.models.base import MOST_TOKENS
from octavo.evaluation.models.files import identity_of
from octavo.evaluation.types import Item, Reply
from octavo.hub import model_folder
from octavo.processing.conversation import question_message


class TransformersModel:
    """Greedy answers of an image-text-to-text model, each question alone with all its images."""

    at_once = 1

    def __init__(self, name: str) -> None:
        try:
            import transformers
        except ImportError as error:
            raise OctavoError("a model of transformers needs it: pip install 'octavo[transformers]'") from error
        folder = model_folder(name)
        self.name = f"transformers:{name}"
        library: Any = transformers  # its types promise more than they know
        # The Pillow processor: the one on tensors takes another resampling filter, and answers change with it.
        self.processor = library.AutoProcessor.from_pretrained(folder, backend="pil")
        self.model = library.AutoModelForImageTextToText.from_pretrained(folder).eval()
        self.identity = {
            **identity_of(folder),
            "engine": f"transformers {transformers.__version__}",
            "generation": f"greedy, {MOST_TOKENS} tokens",
        }

    def answer(self, images: Sequence[PageImage], asked: Sequence[tuple[Item, str]]) -> Iterator[Reply]:
        """Replies of text alone."""
        pictures = [image.pil() for image in images]
        for _, prompt in asked:
            started = time.perf_counter()
            messages = [question_message(prompt, len(pictures))]
            text = self.processor.apply_chat_template(messages, add_generation_prompt=True)
            inputs = self.processor(text=text, images=pictures, return_tensors="pt")
            written = self.model.generate(**inputs, max_new_tokens=MOST_TOKENS, do_sample=False)
            behind = written[:, inputs["input_ids"].shape[1] :]
            answer = self.processor.batch_decode(behind, skip_special_tokens=True)[0]
            yield Reply(answer.strip(), seconds=time.perf_counter() - started)
