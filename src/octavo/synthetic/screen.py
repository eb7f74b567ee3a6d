"""Pictures of screens: a window with its menus, buttons and status line, and what is done in it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

from octavo.synthetic import facts, texts, words
from octavo.synthetic.chart import circle
from octavo.synthetic.faces import Family
from octavo.synthetic.lexicon import Lexicon, lexicon
from octavo.synthetic.look import sheet
from octavo.synthetic.marks import BLACK, WHITE, Color
from octavo.synthetic.running import heading, plain, prose, widest
from octavo.synthetic.sheet import STANDARD, Sheet

SIZES = ((400.0, 280.0), (480.0, 320.0), (560.0, 360.0), (640.0, 400.0), (420.0, 460.0))
ENDINGS = (".pdf", ".txt", ".png", ".csv", ".odt", ".zip")
LIGHTS: tuple[Color, ...] = ((0.9, 0.35, 0.3), (0.9, 0.7, 0.2), (0.3, 0.7, 0.3))
DESKTOPS: tuple[Color, ...] = ((0.2, 0.35, 0.4), (0.35,) * 3, (0.5, 0.6, 0.7))


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of a window: behind all, of its title, of fields, of letters, of lines, of what is chosen."""

    back: Color
    bar: Color
    bar_ink: Color
    field: Color
    ink: Color
    line: Color
    chosen: Color


THEMES = (
    Theme((0.94,) * 3, (0.86,) * 3, BLACK, WHITE, BLACK, (0.7,) * 3, (0.10, 0.40, 0.75)),
    Theme(WHITE, (0.10, 0.30, 0.55), WHITE, (0.97,) * 3, (0.15,) * 3, (0.75,) * 3, (0.10, 0.30, 0.55)),
    Theme((0.75,) * 3, (0.00, 0.00, 0.50), WHITE, WHITE, BLACK, (0.45,) * 3, (0.00, 0.00, 0.50)),
    Theme((0.16,) * 3, (0.10,) * 3, (0.9,) * 3, (0.24,) * 3, (0.9,) * 3, (0.4,) * 3, (0.20, 0.50, 0.80)),
    Theme((0.97, 0.96, 0.94), (0.90, 0.88, 0.85), BLACK, WHITE, BLACK, (0.72,) * 3, (0.85, 0.40, 0.15)),
)


@dataclass(slots=True)
class _Window:
    """A window being drawn: what is free in it lies between the four edges."""

    random: Random
    paper: Sheet
    theme: Theme
    tongue: Lexicon
    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def pad(self) -> float:
        return 0.7 * self.paper.size

    def text(self, x: float, y: float, text: str, *, name: str = "", align: str = "left", bold: bool = False) -> float:
        return self.paper.text(x, y, text, name=name, align=align, bold=bold, color=self.theme.ink)

    def box(self, x0: float, y0: float, x1: float, y1: float, fill: Color | None = None) -> None:
        """A rectangle with an outline in the colour of lines."""
        if fill:
            self.paper.panel(x0, y0, x1, y1, fill=fill)
        self.paper.shape(((x0, y0), (x1, y0), (x1, y1), (x0, y1)), color=self.theme.line, width=0.8)

    def clipped(self, text: str, width: float) -> str:
        """As many words of `text` as `width` points hold, the first one at least."""
        return self.paper.wrap(text, width)[0]


def screen(random: Random, families: Sequence[Family] = STANDARD) -> Sheet:
    """A window that fills the picture or lies on a desktop: files, settings, a message, a text, a dialog."""
    paper = sheet(random, random.choice(SIZES), (0.0,), (9, 10, 11, 12), (1.4, 1.5), families)
    theme, inset = random.choice(THEMES), random.choice((0.0, 0.0, 14.0, 24.0))
    if inset:
        paper.panel(0, 0, paper.width, paper.height, fill=random.choice(DESKTOPS))
    window = _Window(
        random, paper, theme, lexicon(random), inset, inset, paper.width - inset, paper.height - 1.4 * inset
    )
    paper.panel(window.x0, window.y0, window.x1, window.y1, fill=theme.back)
    _title_bar(window, heading(random, window.tongue, 1, 3), "window_title")
    if random.random() < 0.7:
        _menus(window)
    if random.random() < 0.6:
        _status(window)
    random.choice(CONTENTS)(window)
    return paper


def _title_bar(window: _Window, title: str, name: str) -> None:
    """The title at the left or in the middle, and three small buttons on one side."""
    paper, theme, high = window.paper, window.theme, 2.0 * window.paper.size
    paper.panel(window.x0, window.y0, window.x1, window.y0 + high, fill=theme.bar)
    middle, right = window.y0 + high / 2, window.random.random() < 0.7
    unit = 0.28 * paper.size
    for n in range(3):
        x = window.x1 - (1.0 + 1.6 * n) * paper.size if right else window.x0 + (1.0 + 1.4 * n) * paper.size
        if not right:
            paper.shape(circle(x, middle, 1.4 * unit, 16), color=LIGHTS[n])
        elif n == 0:
            paper.rule(x - unit, middle - unit, x + unit, middle + unit, width=1.0, color=theme.bar_ink)
            paper.rule(x - unit, middle + unit, x + unit, middle - unit, width=1.0, color=theme.bar_ink)
        elif n == 1:
            corners = ((x - unit, middle - unit), (x + unit, middle - unit), (x + unit, middle + unit))
            paper.shape((*corners, (x - unit, middle + unit)), color=theme.bar_ink, width=1.0)
        else:
            paper.rule(x - unit, middle + unit, x + unit, middle + unit, width=1.0, color=theme.bar_ink)
    centred = not right or window.random.random() < 0.3
    x = (window.x0 + window.x1) / 2 if centred else window.x0 + window.pad
    align, top = "center" if centred else "left", middle - paper.size / 2
    paper.text(x, top, title, bold=True, align=align, color=theme.bar_ink, name=name)
    window.y0 += high


def _menus(window: _Window) -> None:
    """The menus beside each other, as many as there is room for."""
    paper, menus = window.paper, window.tongue.menus
    x, y = window.x0 + window.pad, window.y0 + 0.4 * paper.size
    asked = window.random.randrange(1, 4)
    for n, menu in enumerate(menus):
        if x + paper.measure(menu) > window.x1 - window.pad:
            break
        x += window.text(x, y, menu, name=f"next_menu:{menus[n - 1]}" if n == asked else "") + 1.3 * paper.size
    window.y0 += 1.8 * paper.size
    paper.rule(window.x0, window.y0, window.x1, window.y0, color=window.theme.line)


def _status(window: _Window) -> None:
    """A line at the lower edge."""
    high = 1.8 * window.paper.size
    window.y1 -= high
    window.paper.rule(window.x0, window.y1, window.x1, window.y1, color=window.theme.line)
    text = heading(window.random, window.tongue, 2, 4)
    window.text(window.x0 + window.pad, window.y1 + 0.4 * window.paper.size, text, name="status_bar")


def _button(window: _Window, right: float, y: float, text: str, chosen: bool) -> float:
    """A button that ends at `right`; its left edge is returned."""
    paper, theme = window.paper, window.theme
    left = right - paper.measure(text) - 2 * paper.size
    window.box(left, y, right, y + 1.9 * paper.size, theme.chosen if chosen else theme.field)
    x, top = (left + right) / 2, y + 0.45 * paper.size
    if chosen:
        paper.text(x, top, text, align="center", color=WHITE, name="default_button")
    else:
        window.text(x, top, text, align="center")
    return left


def _files(window: _Window) -> None:
    """Folders at the left and the files of one of them with size and date."""
    random, paper, theme, pad = window.random, window.paper, window.theme, window.pad
    side = window.x0
    if window.x1 - window.x0 > 34 * paper.size:
        folders = random.sample(window.tongue.folders, 6)
        side, y = window.x0 + widest(paper, folders) + 3 * pad, window.y0 + pad
        for n, folder in enumerate(folders):
            if n == 1:
                paper.panel(window.x0, y - 0.25 * paper.size, side, y + 1.25 * paper.size, fill=theme.chosen)
            color = WHITE if n == 1 else theme.ink
            paper.text(window.x0 + pad, y, folder, color=color, name="open_folder" if n == 1 else "")
            y += paper.line
    paper.panel(side, window.y0, window.x1, window.y1, fill=theme.field)
    paper.rule(side, window.y0, side, window.y1, color=theme.line)
    form, money = random.choice(facts.DATE_FORMATS[:4]), random.choice((" KB", " MB", " kB"))
    date_x = window.x1 - pad - paper.measure("00/00/0000")
    size_x = date_x - 1.5 * paper.size
    y = window.y0 + 0.5 * pad
    for n, title in enumerate(window.tongue.columns):
        window.text((side + pad, size_x, date_x)[n], y, title, align="right" if n == 1 else "left", bold=True)
    y += paper.line
    paper.rule(side, y - 0.2 * paper.size, window.x1, y - 0.2 * paper.size, color=theme.line)
    names: list[str] = []
    count = int((window.y1 - y) / paper.line)
    asked = random.sample(range(count), min(3, count))
    for n in range(random.randint(min(4, count), count)):
        word = plain(texts.word(random, window.tongue.code)).lower()
        name = f"{word}{random.choice(('', '-', '_'))}{random.randint(1, 99)}{random.choice(ENDINGS)}"
        if name in names or paper.measure(name) > size_x - side - 7 * paper.size:
            continue
        names.append(name)
        ask = n in asked
        window.text(side + pad, y, name)
        size = f"{random.randint(1, 999)}{money}"
        window.text(size_x, y, size, align="right", name=f"file_size:{name}" if ask else "")
        date = facts.write_date(facts.day(random), form)
        window.text(date_x, y, date, name=f"file_date:{name}" if ask else "")
        y += paper.line
    paper.absent.append(f"file_size:{texts.word(random, 'en').lower()}-{random.randint(100, 999)}.doc")


def _settings(window: _Window) -> None:
    """Labels with fields, lists to choose from and switches; two or three buttons below."""
    random, paper, theme, pad = window.random, window.paper, window.theme, window.pad
    labels = random.sample(window.tongue.settings, 7)
    after = window.x0 + 2 * pad + widest(paper, labels) + paper.size
    y, high, right = window.y0 + 1.5 * pad, 1.8 * paper.size, min(window.x1 - 2 * pad, after + 20 * paper.size)
    asked = 0
    while y + 5 * paper.size < window.y1 and asked < len(labels) - 1:
        label, top = labels[asked], y + 0.4 * paper.size
        window.text(window.x0 + 2 * pad, top, label)
        window.box(after, y, right, y + high, theme.field)
        value = window.clipped(_entered(random, window.tongue), right - after - 3 * paper.size)
        window.text(after + 0.5 * pad, top, value, name=f"entered:{label}")
        if random.random() < 0.4:
            x, middle, unit = right - paper.size, y + high / 2, 0.35 * paper.size
            corners = ((x - unit, middle - unit / 2), (x + unit, middle - unit / 2), (x, middle + unit))
            paper.shape(corners, color=theme.ink)
        asked += 1
        y += high + 0.7 * paper.size
    paper.absent.append(f"entered:{labels[-1]}")
    x, top = window.x1 - pad, window.y1 - 2.6 * paper.size
    for n, button in enumerate(reversed(window.tongue.buttons[: random.choice((2, 3))])):
        x = _button(window, x, top, button, chosen=n == 1) - pad


def _entered(random: Random, tongue: Lexicon) -> str:
    """What stands in a field."""
    match random.randrange(5):
        case 0:
            return facts.person(random).name
        case 1:
            return f"{random.randint(1, 400)} {random.choice(('px', 'mm', '%', 's'))}"
        case 2:
            return f"/{texts.word(random, 'en').lower()}/{texts.word(random, 'en').lower()}"
        case 3:
            return facts.write_date(facts.day(random), random.choice(facts.DATE_FORMATS))
        case _:
            return heading(random, tongue, 1, 2)


def _mail(window: _Window) -> None:
    """A message: from whom, to whom, when, about what, and its text; buttons above."""
    random, paper, pad = window.random, window.paper, window.pad
    x, y = window.x0 + pad, window.y0 + pad
    right = window.x1 - pad
    for n, button in enumerate(random.sample(window.tongue.buttons[3:], 3)):
        if right - paper.measure(button) > x + 3 * paper.size:
            right = _button(window, right, y, button, chosen=n == 0) - 0.5 * pad
    y += 2.6 * paper.size
    window.text(x, y, heading(random, window.tongue, 2, 5), bold=True, name="mail_subject")
    y += 1.2 * paper.line
    taken = window.text(x, y, facts.person(random).name, name="mail_sender")
    date = facts.write_date(facts.day(random), random.choice(facts.DATE_FORMATS[:4]))
    if taken + paper.measure(date) + 2 * pad < window.x1 - x:
        window.text(window.x1 - pad, y, date, align="right", name="mail_date")
    y += paper.line
    word = f"{random.choice(words.FIRST_NAMES).lower()}@{random.choice(words.COMPANY_STEMS).split()[0].lower()}.example"
    window.text(x, y, word, name="mail_address")
    y += 1.3 * paper.line
    paper.rule(x, y - 0.3 * paper.size, window.x1 - pad, y - 0.3 * paper.size, color=window.theme.line)
    _prose(window, x, y)


def _prose(window: _Window, x: float, y: float, numbers: bool = False) -> None:
    """Lines of text down to the lower edge of the window, numbered or not."""
    paper = window.paper
    after = x + (paper.measure("00") + window.pad if numbers else 0.0)
    count = 0
    while y + paper.line < window.y1:
        text = prose(window.random, window.tongue, 1, 4)
        for line in paper.wrap(text, window.x1 - window.pad - after):
            if y + paper.line >= window.y1:
                return
            count += 1
            if numbers:
                paper.text(after - window.pad, y, str(count), align="right", color=window.theme.line)
            window.text(after, y, line)
            y += paper.line
        y += 0.0 if numbers else 0.6 * paper.line


def _editor(window: _Window) -> None:
    """A text with tabs above, of which one is open."""
    random, paper, theme, pad = window.random, window.paper, window.theme, window.pad
    x, high = window.x0, 2.0 * paper.size
    tabs = [texts.word(random, "en").lower() + random.choice((".txt", ".py", ".md", ".csv")) for _ in range(3)]
    chosen = random.randrange(2)
    paper.panel(window.x0, window.y0 + high, window.x1, window.y1, fill=theme.field)
    for n, tab in enumerate(tabs):
        width = paper.measure(tab) + 2 * paper.size
        if x + width > window.x1:
            break
        window.box(x, window.y0, x + width, window.y0 + high, theme.field if n == chosen else theme.bar)
        color, name = (theme.ink, "open_tab") if n == chosen else (theme.bar_ink, "")
        paper.text(x + paper.size, window.y0 + 0.5 * paper.size, tab, color=color, bold=n == chosen, name=name)
        x += width
    _prose(window, window.x0 + 0.5 * pad, window.y0 + high + pad, numbers=random.random() < 0.6)


def _dialog(window: _Window) -> None:
    """A message in a box of its own, with a sign and two or three buttons."""
    random, paper, pad = window.random, window.paper, window.pad
    wide = min(0.8 * (window.x1 - window.x0), 32 * paper.size)
    lines = paper.wrap(prose(random, window.tongue, 1, 2), wide - 6 * paper.size)[:5]
    high = 7 * paper.size + max(2, len(lines)) * paper.line
    x, y = (window.x0 + window.x1 - wide) / 2, max(window.y0, (window.y0 + window.y1 - high) / 2)
    window.box(x, y, x + wide, y + high, window.theme.back)
    inner = replace(window, x0=x, y0=y, x1=x + wide, y1=y + high)
    _title_bar(inner, heading(random, window.tongue, 1, 3), "dialog_title")
    paper.shape(circle(x + 2.3 * paper.size, inner.y0 + 2.2 * paper.size, 1.3 * paper.size), color=window.theme.chosen)
    sign = random.choice(("!", "?", "i"))
    middle, top = x + 2.3 * paper.size, inner.y0 + 1.6 * paper.size
    paper.text(middle, top, sign, size=1.4 * paper.size, bold=True, align="center", color=WHITE)
    y = inner.y0 + 1.2 * paper.size
    for line in lines:
        window.text(x + 4.6 * paper.size, y, line, name="message")
        y += paper.line
    right = inner.x1 - pad
    for n, button in enumerate(reversed(window.tongue.buttons[: random.choice((2, 3))])):
        right = _button(window, right, inner.y1 - 2.6 * paper.size, button, chosen=n == 1) - pad


Content = Callable[[_Window], None]
CONTENTS: tuple[Content, ...] = (_files, _settings, _mail, _editor, _dialog)
