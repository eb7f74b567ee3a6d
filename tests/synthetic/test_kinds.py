"""The kinds of documents beside business papers: what is asked of tables, charts, lists, screens and equations."""

import re
from collections import Counter
from random import Random

import pytest

from octavo.documents.types import NOT_HERE
from octavo.synthetic import faces, kinds, texts
from octavo.synthetic.chart import ChartLook, Data, draw_chart
from octavo.synthetic.grid import GridLook, Slot, draw_grid, natural_widths
from octavo.synthetic.lexicon import LEXICONS
from octavo.synthetic.marks import BLACK, Panel, Text
from octavo.synthetic.papers import TELLING, paper
from octavo.synthetic.questions import KIND_OF, wording
from octavo.synthetic.running import ENCODING
from octavo.synthetic.sheet import STANDARD, Sheet
from octavo.synthetic.stamp import stamp

NEW = ("table", "list", "chart", "screen", "equation")
VERA = faces.FAMILIES[:1]


def blank(height: float = 400.0) -> Sheet:
    return Sheet(300.0, height, 20.0, STANDARD[0], 10.0, 1.3)


@pytest.mark.parametrize("kind", NEW)
def test_pages_hold_their_text_apart_and_inside(kind: str) -> None:
    """Upright texts do not touch each other, none leaves the page, and each answer is asked for in words."""
    for seed in range(12):
        sheet = kinds.document(kind, Random(f"{kind} {seed}"), STANDARD)
        findings = sheet.findings()
        assert findings
        for name, finding in findings.items():
            assert finding.text.strip() == finding.text
            assert all(0 <= box.x0 < box.x1 <= 1 and 0 <= box.y0 < box.y1 <= 1 for box in finding.boxes), (name, seed)
            assert "{" not in wording(Random(0), name)
        printed = {mark.text for marks in sheet.pages for mark in marks if isinstance(mark, Text)}
        for name in sheet.absent:
            thing = name.partition(":")[2].split("|")[0]
            assert KIND_OF[name.partition(":")[0]]
            assert thing.isdigit() or thing not in printed, (name, seed)
        for marks in sheet.pages:
            upright = [mark for mark in marks if isinstance(mark, Text) and not mark.angle]
            areas = [(t.x, t.y - 0.7 * t.size, t.x + width(t), t.y) for t in upright]
            for text, (x0, y0, x1, y1) in zip(upright, areas, strict=True):
                assert -1 <= x0 <= x1 <= sheet.width + 1, (seed, text)
                assert -1 <= y0 <= y1 <= sheet.height + 1, (seed, text)
            for i, (x0, y0, x1, y1) in enumerate(areas):
                for n, (u0, v0, u1, v1) in enumerate(areas[i + 1 :], start=i + 1):
                    apart = x1 <= u0 + 1 or u1 <= x0 + 1 or y1 <= v0 + 1 or v1 <= y0 + 1
                    assert apart, (seed, upright[i], upright[n])


def width(text: Text) -> float:
    sheet = Sheet(1, 1, 0, STANDARD[0], text.size, 1)
    family = next(f for f in STANDARD if text.font in (f.regular, f.bold, f.italic))
    sheet.family = family
    return sheet.measure(text.text, bold=text.font == family.bold, italic=text.font == family.italic)


def test_what_is_said_to_be_absent_is_no_answer() -> None:
    pages = [paper(Random(seed), VERA, (512,), 2) for seed in range(60)]
    asked = Counter(answer == NOT_HERE for page in pages for _, answer in page.turns)
    assert asked[True] == 2 * 60
    assert asked[False] > 4 * 60
    assert all(name in KIND_OF for name in TELLING)


def test_a_table_goes_on_overleaf_under_its_head() -> None:
    sheet = blank(height=200.0)
    head = [[Slot("", down=2), Slot("Visitors", across=2), None], [None, Slot("2019"), Slot("2020")]]
    bands = [[[Slot(f"row {n}", align="left"), Slot(str(n), f"cell:row {n}|2019"), Slot("7")]] for n in range(20)]
    widths = natural_widths(sheet, head, [row for band in bands for row in band])
    draw_grid(sheet, GridLook("grid", None, BLACK, None, 1.0), head, bands, 20, 20, widths, again="(continued)")
    assert sheet.page_count > 1
    printed = [[mark.text for mark in marks if isinstance(mark, Text)] for marks in sheet.pages]
    assert all({"Visitors", "2019", "2020"} <= set(texts) for texts in printed)
    assert printed[1][0] == "(continued)"
    assert [text for texts in printed for text in texts if text.startswith("row ")] == [f"row {n}" for n in range(20)]
    findings = sheet.findings()
    assert findings["cell:row 19|2019"].page == sheet.page_count
    assert widths[1] + widths[2] >= sheet.measure("Visitors", bold=True)


def test_rows_of_a_band_stay_together() -> None:
    sheet = blank(height=200.0)
    head = [[Slot("a"), Slot("b")]]
    bands = [[[Slot(f"band {n}", down=3), Slot("1")], [None, Slot("2")], [None, Slot("3")]] for n in range(6)]
    widths = natural_widths(sheet, head, [row for band in bands for row in band])
    draw_grid(sheet, GridLook("rows", None, BLACK, None, 1.0), head, bands, 20, 20, widths)
    for marks in sheet.pages:
        drawn = [mark.text for mark in marks if isinstance(mark, Text)]
        assert drawn.count("1") == drawn.count("2") == drawn.count("3") == sum(t.startswith("band") for t in drawn)


def test_bars_are_as_high_as_their_values() -> None:
    sheet = blank()
    look = ChartLook([(0.5, 0.5, 0.5)], values=True, grid=False, boxed=False, size=8)
    draw_chart(sheet, "bars", Data(("a", "b", "c"), [(20, 80, 40)], ("x",), "", ""), look, 20, 20, 280, 200)
    heights = [mark.y1 - mark.y0 for mark in sheet.pages[0] if isinstance(mark, Panel)]
    assert [round(h / heights[0], 6) for h in heights] == [1.0, 4.0, 2.0]
    answers = {name: finding.text for name, finding in sheet.findings().items()}
    assert answers == {
        "lowest": "a",
        "highest": "b",
        "chart_value:a": "20",
        "chart_value:b": "80",
        "chart_value:c": "40",
    }


def test_charts_tell_their_highest_value_and_shares_add_up() -> None:
    seen = Counter()
    for seed in range(60):
        findings = kinds.document("chart", Random(seed)).findings()
        values = {name[12:]: found.text for name, found in findings.items() if name.startswith("chart_value:")}
        numbers = {label: int(re.sub(r"\D", "", text)) for label, text in values.items()}
        if "highest" in findings and len(numbers) > 2:
            assert max(numbers, key=numbers.__getitem__) == findings["highest"].text
            assert min(numbers, key=numbers.__getitem__) == findings["lowest"].text
            seen["extremes"] += 1
        if any("%" in text for text in values.values()):
            assert sum(numbers.values()) == 100
            seen["shares"] += 1
    assert min(seen["extremes"], seen["shares"]) >= 4


def test_results_are_right() -> None:
    for seed in range(20):
        sheet = kinds.document("equation", Random(seed))
        lines: dict[float, str] = {}
        for mark in sheet.pages[0]:
            if isinstance(mark, Text):
                lines[mark.y] = lines.get(mark.y, "") + mark.text
        for line in lines.values():
            if found := re.search(r"(?:^|[.)])(\d+) ([+×·]) (\d+) = (\d+)$", line):
                one, sign, other, result = found.groups()
                assert int(result) == (int(one) + int(other) if sign == "+" else int(one) * int(other)), line


def test_stamps_lie_where_nothing_stands() -> None:
    stamped = 0
    for seed in range(20):
        sheet = blank()
        y = 20.0
        for n in range(12):
            sheet.text(20, y, f"a line of text {n}")
            y += sheet.line
        stamp(Random(seed), sheet)
        for name in ("stamp", "stamp_date"):
            if name in sheet.findings():
                stamped += 1
                for box in sheet.findings()[name].boxes:
                    assert box.y0 * 400 > y or box.x0 * 300 > 20 + sheet.measure("a line of text 11")
    assert stamped > 20
    full = blank(height=60.0)
    full.text(20, 20, "no place is left at all")
    stamp(Random(1), full)
    assert not full.findings()


def test_standard_fonts_have_all_letters() -> None:
    for lexicon in LEXICONS:
        for field in ("months", "days", "countries", "departments", "measures", "dishes", "menus", "buttons"):
            " ".join(getattr(lexicon, field)).encode(ENCODING)
        assert texts.listed(lexicon.code)
        assert len(lexicon.measures) >= 7
