"""Questions by a language model: any OpenAI-compatible endpoint, answers looked up on their page.

asking.py    all documents of a build, in order       cost.py      estimate, sum so far, budget
settings.py  what a person chooses                    presets.py   prompts: versioned files in prompts/
chunks.py    pages as text, in parts                  tokens.py    how many tokens a text has, by a rule
client.py    requests, retries, faults                limits.py    requests and tokens per minute
cache.py     replies kept in SQLite                   parsing.py   replies → pairs
writer.py    pairs → questions that are grounded      judge.py     a second model's word
match.py     where an answer stands on a page         quantities.py  numbers and dates that are equal
"""

from octavo.datasets.llm.asking import Estimate, Meter, ask_all, estimate
from octavo.datasets.llm.settings import LlmSettings

__all__ = ["Estimate", "LlmSettings", "Meter", "ask_all", "estimate"]
