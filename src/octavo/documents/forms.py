"""The fields of a fillable form, and the words that are drawn in them. Runs in the reading child.

A field's value is no part of a page's content: it stands in an annotation, which pdfium's text layer passes
over and its rendering draws. So the page is flattened in a second copy of the document, which makes
annotations content, and what that adds to the text layer are the words that a person sees, where they are seen.
"""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pypdfium2.raw as pdfium

from octavo.documents.frames import LINE_CHARS, MOST_FIELDS, VALUE_CHARS, plain
from octavo.documents.rules import DEEPEST, MOST_OBJECTS
from octavo.documents.types import Box, Field
from octavo.documents.words import Floats, moved_boxes

MOST_ANNOTATIONS = 5_000  # on a page, links included
MOST_ALIKE = 1_000  # words of one text on a page, among which a value's is looked for
MOST_OPTIONS = 2_000  # of a field whose chosen ones are looked for
STRING_BYTES = 1 << 20  # longer strings are taken for empty
HIDDEN = pdfium.FPDF_ANNOT_FLAG_HIDDEN | pdfium.FPDF_ANNOT_FLAG_NOVIEW
PASSWORD = 1 << 13  # of a text field's flags
KINDS = {
    pdfium.FPDF_FORMFIELD_PUSHBUTTON: "button",
    pdfium.FPDF_FORMFIELD_CHECKBOX: "checkbox",
    pdfium.FPDF_FORMFIELD_RADIOBUTTON: "radio",
    pdfium.FPDF_FORMFIELD_COMBOBOX: "choice",
    pdfium.FPDF_FORMFIELD_LISTBOX: "choice",
    pdfium.FPDF_FORMFIELD_TEXTFIELD: "text",
    pdfium.FPDF_FORMFIELD_SIGNATURE: "signature",
}
WITH_TEXT = (pdfium.FPDF_ANNOT_FREETEXT, pdfium.FPDF_ANNOT_STAMP)  # annotations, besides fields, that show words


@dataclass(frozen=True, slots=True)
class Annotations:
    """A page's form fields, and the boxes of all annotations that may show words, in points as shown [n, 4]."""

    fields: tuple[Field, ...]
    with_text: Floats


NONE = Annotations((), np.empty((0, 4)))


def annotations(page: Any, form: Any, shown: Floats, width: float, height: float) -> Annotations:
    """The fields of a page of `width` by `height` points as shown; `shown` is as for `words_of`.

    `form` is pdfium's form environment, None for a document without a form. What is hidden or off the page is
    left out, and so are fields for passwords.
    """
    fields: list[Field] = []
    boxes: list[Floats] = []
    for i in range(min(pdfium.FPDFPage_GetAnnotCount(page), MOST_ANNOTATIONS)):
        annotation = pdfium.FPDFPage_GetAnnot(page, i)
        if not annotation:
            continue
        try:
            subtype = pdfium.FPDFAnnot_GetSubtype(annotation)
            is_field = form is not None and subtype == pdfium.FPDF_ANNOT_WIDGET and len(fields) < MOST_FIELDS
            if (not is_field and subtype not in WITH_TEXT) or pdfium.FPDFAnnot_GetFlags(annotation) & HIDDEN:
                continue
            box = _box(annotation, shown, width, height)
            if box is None:
                continue
            field = _field(form, annotation, box / (width, height, width, height)) if is_field else None
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)
        if field is not None:
            fields.append(field)
        if not is_field or (field is not None and field.kind in ("text", "choice", "button")):
            boxes.append(box)
    return Annotations(tuple(fields), np.vstack([np.empty((0, 4)), *boxes])) if fields or boxes else NONE


def texts_from(page: Any, first: int) -> frozenset[int]:
    """The handles of the text objects of a page from object `first` on, those inside forms included."""
    waiting = [(pdfium.FPDFPage_GetObject(page, i), 0) for i in range(first, pdfium.FPDFPage_CountObjects(page))]
    texts: set[int] = set()
    for handle, depth in waiting:
        type_ = pdfium.FPDFPageObj_GetType(handle)
        if type_ == pdfium.FPDF_PAGEOBJ_TEXT:
            texts.add(ctypes.cast(handle, ctypes.c_void_p).value or 0)
        elif type_ == pdfium.FPDF_PAGEOBJ_FORM and depth < DEEPEST:
            count = min(pdfium.FPDFFormObj_CountObjects(handle), MOST_OBJECTS - len(waiting))
            waiting += [(pdfium.FPDFFormObj_GetObject(handle, i), depth + 1) for i in range(count)]
    return frozenset(texts)


def within(measures: Floats, boxes: Floats) -> npt.NDArray[np.bool_]:
    """Whether the middle of each word lies in one of the boxes: more of a value than fits is cut off."""
    x, y = (measures[:, :2] + measures[:, 2:4]).T / 2
    seen = np.zeros(len(measures), bool)
    for x0, y0, x1, y1 in boxes.tolist():
        seen |= (x >= x0) & (x <= x1) & (y >= y0) & (y <= y1)
    return seen


def unlike(texts: list[str], measures: Floats, others: list[str], their_measures: Floats) -> npt.NDArray[np.bool_]:
    """Whether each word stands nowhere among the others: no word with its text holds its middle."""
    places: dict[str, list[int]] = {}
    for i, text in enumerate(others):
        places.setdefault(text, []).append(i)
    kept = np.ones(len(texts), bool)
    for i, text in enumerate(texts):
        if text in places:
            boxes = their_measures[places[text][:MOST_ALIKE], :4]
            middle = (measures[i, :2] + measures[i, 2:4]) / 2
            kept[i] = not ((boxes[:, :2] <= middle) & (middle <= boxes[:, 2:])).all(axis=1).any()
    return kept


def with_values(
    fields: Sequence[Field], texts: list[str], measures: Floats
) -> tuple[tuple[Field, ...], list[str], Floats]:
    """Fields with their values as they are drawn, and the drawn words with those of a value put together.

    `measures` are the words' boxes in page fractions, and more columns. A form with a cell for each character
    draws single letters; where they spell the value, they are joined to its words.
    """
    x, y = (measures[:, :2] + measures[:, 2:4]).T / 2
    taken = np.zeros(len(texts), bool)
    joined_to = np.arange(len(texts))  # the word that each word is joined to
    shown = []
    for field in fields:
        if field.kind in ("text", "choice") and field.value:
            box = field.box
            inside = np.flatnonzero((x >= box.x0) & (x <= box.x1) & (y >= box.y0) & (y <= box.y1) & ~taken)
            taken[inside] = True
            field = _as_drawn(field, [texts[i] for i in inside], inside, joined_to)
        shown.append(field)
    starts = np.flatnonzero(joined_to == np.arange(len(texts)))
    if len(starts) == len(texts):
        return tuple(shown), texts, measures
    together: dict[int, list[int]] = {}
    for i, first in enumerate(joined_to.tolist()):
        together.setdefault(first, []).append(i)
    words = ["".join(texts[i] for i in parts) for parts in together.values()]
    rows = [
        np.concatenate((measures[parts, :2].min(axis=0), measures[parts, 2:4].max(axis=0), measures[parts[0], 4:]))
        for parts in together.values()
    ]
    return tuple(shown), words, np.vstack(rows)


def _as_drawn(field: Field, texts: list[str], places: npt.NDArray[np.int64], joined_to: npt.NDArray[np.int64]) -> Field:
    """The field with the value that these words in its box show; letters of one word are joined, in `joined_to`."""
    words = field.value.split()
    value, drawn = "".join(words), "".join(texts)
    if not texts or texts == words:
        return field
    if value != drawn:
        # More is drawn than the value: a unit, the other choices. The same letters in another order: right to left.
        if value in drawn or sorted(value) == sorted(drawn):
            return field
        return Field(field.name, field.kind, field.label, " ".join(texts), field.checked, field.box)
    ends = np.cumsum([len(word) for word in words]).tolist()
    length, first = 0, int(places[0])
    for place, text in zip(places.tolist(), texts, strict=True):
        if length == 0 or length in ends:
            first = place
        joined_to[place] = first
        length += len(text)
    return field


def _box(annotation: Any, shown: Floats, width: float, height: float) -> Floats | None:
    """An annotation's box [4] in points as shown, cut at the page's edge; None where nothing of it is on the page."""
    rect = pdfium.FS_RECTF()
    if not pdfium.FPDFAnnot_GetRect(annotation, rect):
        return None
    corners = np.array([[rect.left, rect.bottom, rect.right, rect.top]], np.float64)
    box = np.clip(moved_boxes(corners, shown)[0], 0, (width, height, width, height))
    return box if np.isfinite(box).all() and (box[2:] > box[:2]).all() else None


def _field(form: Any, annotation: Any, box: Floats) -> Field | None:
    """The field of a widget, or None where pdfium knows of none or it is for a password."""
    type_ = pdfium.FPDFAnnot_GetFormFieldType(form, annotation)
    flags = pdfium.FPDFAnnot_GetFormFieldFlags(form, annotation)
    kind = KINDS.get(type_)
    if kind is None or (kind == "text" and flags & PASSWORD):
        return None
    value = ""
    if kind in ("checkbox", "radio"):
        value = _string(pdfium.FPDFAnnot_GetFormFieldExportValue, form, annotation)
    elif kind == "choice":
        value = _chosen(form, annotation, type_)
    elif kind == "text":
        value = _string(pdfium.FPDFAnnot_GetFormFieldValue, form, annotation)
    return Field(
        name=plain(_string(pdfium.FPDFAnnot_GetFormFieldName, form, annotation), LINE_CHARS),
        kind=kind,
        label=plain(_string(pdfium.FPDFAnnot_GetFormFieldAlternateName, form, annotation), LINE_CHARS),
        value=plain(value, VALUE_CHARS),
        checked=kind in ("checkbox", "radio") and bool(pdfium.FPDFAnnot_IsChecked(form, annotation)),
        box=Box(*box.round(5).tolist()),
    )


def _chosen(form: Any, annotation: Any, type_: int) -> str:
    """What a choice shows: its chosen options, or what was typed instead."""
    count = min(pdfium.FPDFAnnot_GetOptionCount(form, annotation), MOST_OPTIONS)
    labels = [
        _string(lambda *rest, i=i: pdfium.FPDFAnnot_GetOptionLabel(form, annotation, i, *rest))
        for i in range(count)
        if pdfium.FPDFAnnot_IsOptionSelected(form, annotation, i)
    ]
    if labels or type_ == pdfium.FPDF_FORMFIELD_LISTBOX:
        return " ".join(labels)
    return _string(pdfium.FPDFAnnot_GetFormFieldValue, form, annotation)


def _string(function: Any, *arguments: Any) -> str:
    """The UTF-16 string that a pdfium function writes to a buffer."""
    length = function(*arguments, None, 0)
    if not 0 < length <= STRING_BYTES:
        return ""
    buffer = (ctypes.c_ushort * (length // 2 + 1))()
    function(*arguments, buffer, length)
    return bytes(buffer)[:length].decode("utf-16-le", "replace").rstrip("\0")
