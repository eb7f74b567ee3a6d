"""What a person says about a language model that is to write questions."""

import os
from dataclasses import dataclass

import httpx

from octavo.datasets.llm.presets import Preset, load_preset
from octavo.errors import OctavoError

KEY_VARIABLES = ("OCTAVO_LLM_KEY", "OPENAI_API_KEY")
MOST_AT_ONCE = 64  # requests in flight


@dataclass(frozen=True, slots=True)
class LlmSettings:
    """An OpenAI-compatible endpoint, a model there, and what is asked of it.

    `url` ends before "/chat/completions" ("http://localhost:8000/v1"); `prompt` is the name of a preset.
    `judge` names a second model at the same endpoint, "" for none. `abstractive` keeps answers that stand on
    no page. Prices are per million tokens, 0 where unknown. `budget` bounds what the replies that a data set
    rests on may cost, those of an earlier run included: in money where there are prices, in tokens where there
    are none; 0 is no bound. Raises `OctavoError` for values that cannot work.
    """

    url: str
    model: str
    prompt: str = "fields"
    judge: str = ""
    abstractive: bool = False
    temperature: float = 0.0
    max_tokens: int = 2000
    requests_per_minute: int = 0  # 0: no limit
    tokens_per_minute: int = 0
    concurrency: int = 8
    timeout_s: float = 180.0
    price_in: float = 0.0
    price_out: float = 0.0
    budget: float = 0.0

    def __post_init__(self) -> None:
        try:
            url = httpx.URL(self.url)
        except httpx.InvalidURL:
            url = httpx.URL()
        if url.scheme not in ("http", "https") or not url.host:
            raise OctavoError("--llm is no address; give one like http://localhost:8000/v1")
        if url.userinfo:
            raise OctavoError(f"--llm holds a password; leave it out and put the key into {KEY_VARIABLES[0]}")
        if not self.model:
            raise OctavoError("--llm needs a model; name it with --llm-model")
        if not 1 <= self.concurrency <= MOST_AT_ONCE:
            raise OctavoError(f"{self.concurrency} requests at once; give 1 to {MOST_AT_ONCE}")
        amounts = (self.price_in, self.price_out, self.budget, self.requests_per_minute, self.tokens_per_minute)
        if min(amounts) < 0 or self.max_tokens < 1 or self.timeout_s <= 0 or not 0 <= self.temperature <= 2:
            raise OctavoError("prices, limits and the budget of --llm cannot be negative, its temperature is 0 to 2")
        load_preset(self.prompt)

    @property
    def preset(self) -> Preset:
        """The prompts that questions are asked for with."""
        return load_preset(self.prompt)

    @property
    def has_prices(self) -> bool:
        """Whether costs can be told in money."""
        return self.price_in > 0 or self.price_out > 0

    @property
    def source(self) -> str:
        """What a question names as its generator."""
        return f"llm:{self.model}:{self.preset.label}"

    def fingerprint(self) -> dict[str, object]:
        """What decides the questions, for a build to recognise itself by; neither the address nor a secret."""
        return {
            "model": self.model,
            "prompt": self.preset.identity,
            "judge": self.judge,
            "judge_prompt": load_preset("judge").identity if self.judge else "",
            "abstractive": self.abstractive,
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
            "budget": [self.budget, self.price_in, self.price_out] if self.budget else [],
        }


def key_from_environment() -> str:
    """The endpoint's key, or "" where none is set. Raises `OctavoError` where it cannot be one."""
    for name in KEY_VARIABLES:
        key = os.environ.get(name, "").strip()
        if key and not (key.isascii() and key.isprintable() and " " not in key):
            raise OctavoError(f"{name} holds characters that no key has; set it anew")
        if key:
            return key
    return ""
