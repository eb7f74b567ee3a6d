"""Words of nine languages, and what else stands on pages: numbers, dates, amounts, codes, names.

For reading, not for sense: a reader that can guess the next word does not look at it.
"""

import string
from functools import cache
from importlib import resources
from random import Random

from octavo.synthetic import facts

LANGUAGES = (*("en",) * 8, "de", "fr", "es", "it", "nl", "pl", "da", "cs")  # English is read most
MARKS = "@#%&*+=<>[]{}|\\~^_$§°±×µ²³½«»©®€£¥–—’‘“”„…•·¿¡"
ALPHABET = "".join(
    sorted(
        {*string.ascii_letters, *string.digits, *string.punctuation, *MARKS}
        | set("".join(map(chr, range(0xC0, 0x17F)))) - {"×", "÷", "ŉ"}
    )
)  # the characters that pages are made of


@cache
def listed(name: str) -> tuple[str, ...]:
    """The words of a language or the names, as `languages/` has them, those of `ALPHABET`'s characters."""
    text = (resources.files("octavo.synthetic") / "languages" / f"{name}.txt").read_text(encoding="utf-8")
    return tuple(word for word in text.split("\n") if word and set(word) <= set(ALPHABET))


def word(random: Random, language: str) -> str:
    """A word, at times one that does not exist: two halves of two."""
    words = listed(language)
    if random.random() < 0.1:
        one, other = random.choice(words), random.choice(words)
        return one[: len(one) // 2 + 1] + other[len(other) // 2 :]
    return random.choice(words)


def language(random: Random) -> str:
    """The language of a passage."""
    return random.choice(LANGUAGES)


def phrase(random: Random, language: str, fewest: int, most: int) -> str:
    """Some words in a row, the first one capital."""
    words = [word(random, language) for _ in range(random.randint(fewest, most))]
    return _capital(" ".join(words))


def sentence(random: Random, language: str) -> str:
    """Words and what stands between them, with figures and names here and there."""
    parts = []
    for _ in range(random.randint(4, 16)):
        draw = random.random()
        part = word(random, language)
        if draw < 0.06:
            part = figure(random)
        elif draw < 0.12:
            part = random.choice(listed("names"))
        elif draw < 0.15:
            part = part.upper()
        elif draw < 0.2:
            part = _capital(part)
        around = random.random()
        if around < 0.08:
            part += random.choice((",", ",", ",", ";", ":", " –", " -"))
        elif around < 0.11:
            part = random.choice(("({})", '"{}"', "“{}”", "„{}“", "«{}»", "'{}'", "[{}]")).format(part)
        parts.append(part)
    return _capital(" ".join(parts)) + random.choice("......!?;:")


def amount(random: Random) -> str:
    """An amount of money, with its currency or without."""
    money, cents = random.choice(facts.MONEYS), int(10 ** random.uniform(1, 7))
    return money.write(cents) if random.random() < 0.4 else money.bare(cents)


def date(random: Random) -> str:
    """A date in one of the forms of `facts`."""
    return facts.write_date(facts.day(random, 1950, 2035), random.choice(facts.DATE_FORMATS))


def code(random: Random) -> str:
    """Letters and digits of no sense, as numbers of articles and contracts are."""
    letters = random.choice((string.digits, string.ascii_uppercase + string.digits, string.ascii_letters + "-/._#"))
    return "".join(random.choice(letters) for _ in range(random.randint(2, 12)))


def figure(random: Random) -> str:
    """Something with digits: an amount, a date, a time, a share, a number, a code, an address."""
    match random.randrange(9):
        case 0 | 1:
            return amount(random)
        case 2:
            return date(random)
        case 3:
            return f"{random.randint(0, 23):02d}:{random.randint(0, 59):02d}"
        case 4:
            return (
                f"{random.randint(0, 1000) / 10:g}{random.choice(('%', ' %', ' kg', ' mm', '°C', ' €', 'x', ' km/h'))}"
            )
        case 5:
            return str(int(10 ** random.uniform(0, 6)))
        case 6:
            name, host = word(random, "en"), word(random, "en")
            return random.choice((f"{name}@{host}.com", f"www.{host}.org/{name}", f"+{code(random)} {code(random)}"))
        case 7:
            return "".join(random.choice(MARKS + string.punctuation) for _ in range(random.randint(1, 4)))
        case _:
            return code(random)


def name(random: Random) -> str:
    """A person's name."""
    return f"{random.choice(listed('names'))} {random.choice(listed('names'))}"


def label(random: Random, language: str) -> str:
    """What stands before a value."""
    text = phrase(random, language, 1, 3)
    return (text.upper() if random.random() < 0.2 else text) + random.choice((":", ":", "", " no."))


def value(random: Random, language: str) -> str:
    """What stands behind a label or in a cell."""
    draw = random.random()
    if draw < 0.6:
        return figure(random)
    return name(random) if draw < 0.75 else phrase(random, language, 1, 3)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def passages(seed: int, count: int) -> list[str]:
    """Texts as pages have them, for a tokenizer to be trained on."""
    random, found = Random(f"octavo passages {seed}"), []
    for _ in range(count):
        tongue = language(random)
        pair = f"{label(random, tongue)} {value(random, tongue)}"
        found += [sentence(random, tongue), pair, name(random), date(random)]
    return found
