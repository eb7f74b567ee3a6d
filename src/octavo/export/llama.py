"""The parent's side of llama.cpp: start it on two files, ask it, end it."""

import base64
import io
import os
import secrets
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

import httpx
from PIL import Image

from octavo.errors import OctavoError
from octavo.export import llama_child

ANSWER_SECONDS = 3600.0  # a page through an 8B model's encoder on two cores


def available() -> bool:
    """Whether xllamacpp, llama.cpp in a wheel, is installed."""
    return find_spec("xllamacpp") is not None


@dataclass(frozen=True, slots=True)
class Completion:
    """What llama.cpp generated.

    `prompt_ids` are the prompt's ids without those of images, `prompt_length` counts these too. `token_ids`
    are the ids generated, and `log_probabilities` the most probable ids of each with their log-probabilities.
    """

    prompt_ids: list[int]
    prompt_length: int
    token_ids: list[int]
    log_probabilities: list[dict[int, float]]


class Llama:
    """llama.cpp with room for `context` tokens on a pair of files, in a child process; a context manager."""

    def __init__(self, model: Path, mmproj: Path, context: int) -> None:
        key = secrets.token_hex(16)
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - read when the child is lost
        # By its path: `-m` would import torch with the package. -P: nothing is imported from beside it.
        self._process = subprocess.Popen(
            [sys.executable, "-P", llama_child.__file__, str(model), str(mmproj), str(context)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=os.environ | {llama_child.KEY: key, llama_child.MARKER: "<__media__>"},
        )
        assert self._process.stdout is not None
        address = self._process.stdout.readline().decode().strip()
        if not address:
            raise self._lost("does not open the exported files")
        self._client = httpx.Client(
            base_url=address, headers={"Authorization": f"Bearer {key}"}, timeout=ANSWER_SECONDS, trust_env=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._client.close()
        self._end()

    def complete(
        self, image: Image.Image, question: str, most_tokens: int, top: int, forbidden: list[int]
    ) -> Completion:
        """The greedy answer to a question about an image, by the chat template in the file.

        `forbidden` ids are never chosen; the `top` log-probabilities are those before they are taken out.
        Raises `OctavoError` where llama.cpp refuses or ends.
        """
        png = io.BytesIO()
        image.save(png, format="PNG")
        data = base64.b64encode(png.getvalue()).decode()
        picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}
        content = [picture, {"type": "text", "text": question}]
        prompt = self._post("/apply-template", {"messages": [{"role": "user", "content": content}]})["prompt"]
        request = {
            "prompt": {"prompt_string": prompt, "multimodal_data": [data]},
            "n_predict": most_tokens,
            "temperature": 0,
            "n_probs": top,
            "return_tokens": True,
            "logit_bias": [[i, False] for i in forbidden],
        }
        answer = self._post("/completion", request)
        # The answer repeats the prompt as text, tiles laid out and image ids left out.
        text = {"content": answer["prompt"], "parse_special": True}
        probable = [
            {one["id"]: one["logprob"] for one in step["top_logprobs"]} for step in answer["completion_probabilities"]
        ]
        return Completion(
            self._post("/tokenize", text)["tokens"], answer["tokens_evaluated"], answer["tokens"], probable
        )

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        try:
            response = self._client.post(path, json=body)
        except httpx.HTTPError as error:
            raise self._lost("ended while it answered") from error
        if response.status_code != httpx.codes.OK:
            raise OctavoError(f"llama.cpp refuses a question about an exported file ({response.text[:200]!r})")
        return response.json()

    def _lost(self, what: str) -> OctavoError:
        self._end()
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        reason = lines[-1] if lines else "it says nothing"
        return OctavoError(f"llama.cpp {what} ({reason[:200]}); use --to hf, and report this")

    def _end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.terminate()
        self._process.wait()
