"""Languages: named where the words say so, otherwise nothing."""

import importlib.util

import pytest

from octavo.datasets.selection import languages
from octavo.datasets.selection.languages import UNKNOWN, check_languages, language_of
from octavo.errors import OctavoError

ENGLISH = (
    "Please pay the amount that is due within thirty days of the date of this letter. If you have any questions "
    "about what you owe, write to the office at the address that stands above, and we will be glad to help you."
)
GERMAN = (
    "Bitte überweisen Sie den fälligen Betrag innerhalb von dreißig Tagen auf das unten angegebene Konto. Bei Fragen "
    "zu dieser Rechnung wenden Sie sich bitte an die oben genannte Anschrift, wir helfen Ihnen gerne weiter."
)
FRENCH = (
    "Veuillez régler le montant dû dans les trente jours suivant la date de cette lettre. Pour toute question sur la "
    "facture, écrivez au bureau dont l'adresse figure ci-dessus, nous serons heureux de vous aider."
)


@pytest.mark.parametrize(("text", "language"), [(ENGLISH, "en"), (GERMAN, "de"), (FRENCH, "fr")])
def test_sentences(text: str, language: str) -> None:
    assert language_of(text.split()) == language


def test_too_little_or_no_text_is_unknown() -> None:
    assert language_of(["Invoice", "Total", "12.50"]) == UNKNOWN
    assert language_of([f"{n}.50" for n in range(1000)]) == UNKNOWN
    assert language_of([f"X{n}Q7-{n}ZK" for n in range(1000)]) == UNKNOWN
    assert language_of([]) == UNKNOWN


def test_a_long_page_and_a_word_without_end_take_no_longer() -> None:
    assert language_of(GERMAN.split() * 5000) == "de"
    assert language_of(["a" * 1_000_000]) == UNKNOWN


def test_codes_are_checked() -> None:
    check_languages(["en", "de"])
    with pytest.raises(OctavoError, match="'english' is no language that can be told"):
        check_languages(["en", "english"])


def test_without_the_extra_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    languages._identifier.cache_clear()
    try:
        with pytest.raises(OctavoError, match=r"pip install 'octavo\[languages\]'"):
            language_of(ENGLISH.split())
    finally:
        languages._identifier.cache_clear()
