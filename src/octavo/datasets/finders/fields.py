"""Keys and their values: what forms, invoices, receipts and letters are asked for."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property

from octavo.datasets.fields.keys import words_of
from octavo.datasets.fields.pair import Pair
from octavo.datasets.fields.pairs import Found, look
from octavo.datasets.fields.strips import is_comb
from octavo.datasets.fields.totals import CLAIM, total
from octavo.datasets.fields.values import (
    amount_variants,
    code_variants,
    date_variants,
    dates_in,
    day_comes_first,
    has_part_of_date,
    is_amount,
    is_date,
    is_money,
)
from octavo.datasets.finders import contracts
from octavo.datasets.finders.evidence import evidence, words_at
from octavo.datasets.finders.issuer import issuer
from octavo.datasets.finders.papers import OWN_DATES, date_words, paper
from octavo.datasets.templates import phrase
from octavo.datasets.types import Question
from octavo.datasets.verify import AROUND
from octavo.datasets.view import View
from octavo.documents.structure.parts import FOOTER, HEADER, HEADING, TITLE
from octavo.documents.types import Word

SOURCE = "rules-2"
MOST_WORDS = 20_000  # of a page; a broadsheet has 10,000, and an attack on the time this takes has more

PARTIES = words_of(
    "seller buyer customer landlord tenant lender borrower employer employee patient applicant guest contractor student"
    " licensor licensee author cashier salesperson advertiser"
) | {"account holder", "contact person", "emergency contact"}
PLURALS = ("payment terms", "delivery terms")
BARE = ("name", "title", "term", "project", "position", "occupation")  # nouns that say too little by themselves

# What a page that has it is asked first, before its caps are reached.
FIRST = frozenset(("total", "issuer", *OWN_DATES, "invoice number", "receipt number"))

TOO_FULL = "its page has too many words"
NOT_ALL = "another total of its page is the last"
IN_HEADING = "its key is part of a heading"

# {key} is the label as the page prints it, {noun} what a common label means, {section} the heading over it.
KEY = (
    "What is given for “{key}”?",
    "What does the page say for “{key}”?",
    "What is the value of “{key}”?",
    "What is entered for “{key}”?",
    "What is listed for “{key}”?",
    "What is shown for “{key}”?",
)
NOUN = (
    "What is the {noun}?",
    "What {noun} is given on this page?",
    "Which {noun} does the page show?",
    "What is the {noun} on this page?",
    "Please give the {noun}.",
    "Find the {noun}.",
)
WHO = (
    "Who is the {noun}?",
    "Who is named as the {noun}?",
    "What is the name of the {noun}?",
    "Which name is given for the {noun}?",
)
PLURAL = (
    "What are the {noun}?",
    "What {noun} are given on this page?",
    "Which {noun} does the page show?",
    "Please give the {noun}.",
)
KEY_IN_SECTION = (
    "What is given for “{key}” in the section “{section}”?",
    "Under “{section}”, what is given for “{key}”?",
    "What does the section “{section}” say for “{key}”?",
    "In “{section}”, what is the value of “{key}”?",
)
BLOCK = (
    "What is written under “{key}”?",
    "What is given for “{key}”?",
    "What does the page give as “{key}”?",
    "What is entered as “{key}”?",
)
AMOUNT = (
    "What is the amount for “{key}”?",
    "How much is given for “{key}”?",
    "What amount is listed for “{key}”?",
    "What figure does the page give for “{key}”?",
    "How much does the page show for “{key}”?",
)
AMOUNT_NOUN = (
    "What is the {noun}?",
    "How much is the {noun}?",
    "What does the {noun} come to?",
    "What amount is given as the {noun}?",
    "What is the {noun} on this page?",
    "Find the {noun}.",
)
DATE = (
    "What date is given for “{key}”?",
    "Which date is listed for “{key}”?",
    "What is the date for “{key}”?",
    "Which date does the page give for “{key}”?",
    "What date belongs to “{key}”?",
)
DATE_NOUN = (
    "What is the {noun}?",
    "What is the {noun} given on this page?",
    "Which {noun} does the page show?",
    "What is the {noun} on this page?",
    "Find the {noun}.",
)
ONLY_DATE = (
    "What date is on this page?",
    "Which date does this page mention?",
    "What date appears on the page?",
    "Which date can be read on this page?",
    "What date stands on this page?",
)
TOTAL = (
    "What is the total amount of this {paper}?",
    "How much is the total of this {paper}?",
    "What does this {paper} come to in total?",
    "What is the total amount on the {paper}?",
    "Find the total amount of the {paper}.",
)
PAPER_DATE = (
    "What is the date of this {paper}?",
    "Which date does this {paper} bear?",
    "When was this {paper} issued?",
    "What is the date on the {paper}?",
    "Find the date of the {paper}.",
)
ISSUER = (
    "Which company issued this {paper}?",
    "Who issued this {paper}?",
    "What is the name of the company that issued this {paper}?",
    "Which company is this {paper} from?",
    "From which company does this {paper} come?",
)


def find(view: View, dropped: Counter[str]) -> Iterator[Question]:
    """Questions for the values of a page's keys, the total, date and issuer of an invoice or receipt first."""
    page = view.page
    if len(page.words) > MOST_WORDS:
        dropped[TOO_FULL] += 1
        return
    layout = view.layout
    found = look(layout.rows, dropped, layout.tables, page.rules, view.corpus.labels)
    clauses = list(contracts.find(view, dropped))
    yield from clauses
    yield from _Asker(view, found).questions(dropped, has_date=any(question.kind == "date" for question in clauses))


class _Asker:
    """Turns what was found on one page into questions."""

    def __init__(self, view: View, found: Found) -> None:
        self.view, self.found = view, found
        self.lines = found.sheet.lines
        self.text = " ".join(line.text for line in self.lines)
        self.folded = self.text.casefold()
        self.total = total(found.sheet, found.all_pairs) if CLAIM.search(self.folded) else None
        self.paper = paper(view.page, found, self.total is not None)
        self.large = self._words_of(TITLE, HEADING)
        self.repeated = self._words_of(HEADER, FOOTER)

    @cached_property
    def day_first(self) -> bool | None:
        """How the page writes its dates, which only a page with a date is searched for."""
        return day_comes_first(self.text)

    def _words_of(self, *kinds: str) -> set[int]:
        """The ids of the words in blocks of these kinds."""
        blocks = [block for block in self.view.layout.blocks if block.kind in kinds]
        return {id(word) for block in blocks for line in block.lines for word in line.words}

    def questions(self, dropped: Counter[str], has_date: bool) -> Iterator[Question]:
        """All questions, those for the whole paper first; no two for the same words as the same thing."""
        asked: set[Word] = set()
        has_issuer = False
        for question, words in self._of_paper():
            asked.add(words[0])
            has_issuer = has_issuer or question.key == "issuer"
            yield question
        pairs = []
        for pair in self.found.pairs:
            # A colon in a heading divides a title from its subtitle.
            if has_issuer and pair.identity == "seller":
                continue
            if self.paper and self.total and pair.identity == "total" and pair.words[0] not in asked:
                dropped[NOT_ALL] += 1
                continue
            if not pair.known and {id(pair.label.words[0]), id(pair.words[0])} <= self.large:
                dropped[IN_HEADING] += 1
            elif pair.key or pair.known:
                pairs.append(pair)
        for pair in pairs:
            if not (pair.words[0] in asked and pair.known and pair.known.type_ in ("amount", "date")):
                yield from self._of_pair(pair, pairs)
        if not asked and not has_date and not any(is_date(pair.value) for pair in pairs):
            yield from self._only_date()

    def _of_paper(self) -> Iterator[tuple[Question, tuple[Word, ...]]]:
        """The questions for the total, the date and the issuer of an invoice or receipt."""
        if not self.paper:
            return
        best = self.total
        if best:
            yield self._ask(TOTAL, best.words, "amount", "total", paper=self.paper), best.words
        words = self._date()
        if words:
            yield self._ask(PAPER_DATE, words, "date", f"{self.paper} date", paper=self.paper), words
        name = issuer(self.found, self.paper)
        if name:
            yield self._ask(ISSUER, name, "key_value", "issuer", paper=self.paper), name

    def _date(self) -> tuple[Word, ...]:
        """The words of the paper's own date: beside a label that says so, else the only one of a receipt."""
        named = {pair.identity: pair for pair in self.found.pairs if is_date(pair.value) and not pair.section}
        for name in OWN_DATES:
            if name in named:
                return _without_time(named[name].words)
        dates = [pair for pair in self.found.all_pairs if pair.identity in OWN_DATES]
        return _without_time(date_words(self.found, dates, self.day_first))

    def _of_pair(self, pair: Pair, pairs: Sequence[Pair]) -> Iterator[Question]:
        """A common key is asked for by what it means where it is the only one, any other by its quoted label."""
        value, common = pair.value, pair.known
        by_key: tuple[str, ...]
        by_noun: tuple[str, ...]
        if is_date(value):
            kind, by_key, by_noun = "date", DATE, DATE_NOUN
        elif (common and common.type_ == "amount" and is_amount(value)) or is_money(value):
            kind, by_key, by_noun = "amount", AMOUNT, AMOUNT_NOUN
        else:
            kind, by_key, by_noun = "key_value", KEY, _by_noun(pair.identity)
        if pair.section:
            yield self._ask_pair(KEY_IN_SECTION, pair, kind, key=pair.key, section=pair.section)
        elif len(pair.parts) > 1 and pair.key:
            yield self._ask_pair(BLOCK, pair, kind, key=pair.key)
        elif common and common.type_ != "address" and common.noun not in BARE and self._is_only_one(pair, pairs):
            yield self._ask_pair(by_noun, pair, kind, noun=common.noun)
        elif pair.key:
            yield self._ask_pair(by_key, pair, kind, key=pair.key)

    def _is_only_one(self, pair: Pair, pairs: Sequence[Pair]) -> bool:
        """Whether nothing else on the page bears a common key's name: no "Due date" where the date is asked for."""
        noun = pair.identity.casefold()
        own = pair.label.text.casefold().count(noun)
        return (
            self.folded.count(noun) <= own
            and all(noun not in other.identity.casefold() for other in pairs if other is not pair)
            and all(noun not in name.casefold() for name in self.found.standing if name != pair.identity)
        )

    def _only_date(self) -> Iterator[Question]:
        """The page's one date, where nothing else on the page could be meant."""
        spans = [(line, start, end) for line in self.lines for start, end in dates_in(line.text)]
        if len(spans) != 1:
            return
        line, start, end = spans[0]
        if id(line.words[0]) in self.repeated and self.view.page.number > 1:  # asked on the first page
            return
        if has_part_of_date(" ".join(other.text for other in self.lines).replace(line.text[start:end], " ")):
            return
        words = words_at(line, start, end)
        if " ".join(word.text for word in words).strip(AROUND) == line.text[start:end].strip(AROUND):
            yield self._ask(ONLY_DATE, words, "date", "date")

    def _ask_pair(self, choices: Sequence[str], pair: Pair, kind: str, **blanks: str) -> Question:
        page, text = self.view.page, phrase(choices, self.view.draw(pair.identity, pair.section), **blanks)
        boxes = tuple(evidence(part) for part in pair.parts)
        variants = self._variants(pair.value, kind, pair.known is not None and pair.known.type_ == "code")
        if is_comb(pair.words):
            variants = (pair.value.replace(" ", ""),)
        return Question(
            text, pair.value, page.number, boxes, kind, SOURCE, variants=variants, key=pair.identity.casefold()
        )

    def _ask(self, choices: Sequence[str], words: tuple[Word, ...], kind: str, key: str, **blanks: str) -> Question:
        page, text = self.view.page, phrase(choices, self.view.draw(key), **blanks)
        answer = " ".join(word.text for word in words).lstrip(":,; ").rstrip(":,; ")
        if kind == "date":
            answer = answer.strip(AROUND)
        variants = self._variants(answer, kind, is_code=False)
        return Question(text, answer, page.number, (evidence(words),), kind, SOURCE, variants=variants, key=key)

    def _variants(self, answer: str, kind: str, is_code: bool) -> tuple[str, ...]:
        if kind == "date":
            return date_variants(answer, self.day_first)
        if kind == "amount":
            return amount_variants(answer)
        return code_variants(answer) if is_code else ()


def _by_noun(noun: str) -> tuple[str, ...]:
    if noun in PARTIES:
        return WHO
    return PLURAL if noun in PLURALS else NOUN


def _without_time(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """The words of a date without those of the time after it."""
    for count in range(len(words), 0, -1):
        text = " ".join(word.text for word in words[:count]).strip(AROUND)
        if is_date(text) and ":" not in text:
            return words[:count]
    return words
