"""How many tokens a text has, by a rule, for estimates and for the size of chunks."""

import re

_TOKEN = re.compile(r"[A-Za-z\u00c0-\u024f]{1,6}|\d{1,3}|[^\sA-Za-z\u00c0-\u024f\d]")


def count_tokens(text: str) -> int:
    """About as many tokens as common tokenizers make of `text`, rather more than fewer.

    The rule: one for every six letters of a Latin word or a part of it, one for every three digits, one for
    every other character that is no white space. A tokenizer of one's own would have to be the endpoint's.
    """
    return sum(1 for _ in _TOKEN.finditer(text))
