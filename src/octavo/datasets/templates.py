"""How questions are worded: several phrasings for each kind, drawn by a hash so that a page asks the same."""

import hashlib
from collections.abc import Sequence

PHRASINGS: dict[str, tuple[str, ...]] = {
    # {key} is the label as the page prints it, {noun} what a common label means.
    "key": (
        "What is given for “{key}”?",
        "What does the page say for “{key}”?",
        "What is the value of “{key}”?",
        "What is entered for “{key}”?",
        "What is listed for “{key}”?",
        "What is shown for “{key}”?",
    ),
    "key_noun": (
        "What is the {noun}?",
        "What {noun} is given on this page?",
        "Which {noun} does the page show?",
        "What is the {noun} on this page?",
        "Please give the {noun}.",
        "Find the {noun}.",
    ),
    "amount": (
        "What is the amount for “{key}”?",
        "How much is given for “{key}”?",
        "What amount is listed for “{key}”?",
        "What figure does the page give for “{key}”?",
        "How much does the page show for “{key}”?",
    ),
    "amount_noun": (
        "What is the {noun}?",
        "How much is the {noun}?",
        "What does the {noun} come to?",
        "What amount is given as the {noun}?",
        "What is the {noun} on this page?",
        "Find the {noun}.",
    ),
    "date": (
        "What date is given for “{key}”?",
        "Which date is listed for “{key}”?",
        "What is the date for “{key}”?",
        "Which date does the page give for “{key}”?",
        "What date belongs to “{key}”?",
    ),
    "date_noun": (
        "What is the {noun}?",
        "What {noun} is given on this page?",
        "Which {noun} does the page show?",
        "What is the {noun} on this page?",
        "Find the {noun}.",
    ),
    "date_alone": (
        "What date is on this page?",
        "Which date does this page mention?",
        "What date appears on the page?",
        "Which date can be read on this page?",
        "What date stands on this page?",
    ),
    # The largest line may be a letterhead and no title, so the wording is true of both.
    "title": (
        "What is the main heading at the top of this page?",
        "Which words head this page in large type?",
        "What stands in large type at the top of the page?",
        "What does the large line at the top of this page say?",
        "How does the large heading of this page read?",
    ),
    "heading_first": (
        "What is the first heading on this page?",
        "Which heading comes first on this page?",
        "What does the topmost heading on the page say?",
        "How does the first heading of the page read?",
        "Which is the first heading to be found on this page?",
    ),
    "heading_next": (
        "Which heading follows “{key}”?",
        "Which heading comes after “{key}”?",
        "What is the next heading after “{key}”?",
        "Which heading stands next below “{key}”?",
        "After “{key}”, which heading comes next?",
    ),
}


def phrase(choices: Sequence[str], draw: str, **blanks: str) -> str:
    """One of `choices`, drawn by the hash of `draw`, with its blanks filled."""
    number = int.from_bytes(hashlib.sha256("\n".join((choices[0], draw)).encode()).digest()[:8])
    return choices[number % len(choices)].format(**blanks)
