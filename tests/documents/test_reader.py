"""The reader and its child: what a hostile, crashing or hanging file costs, and that it costs no more."""

import os
import random
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from PIL import Image

from octavo.documents import DocumentError, Limits, Reader
from octavo.documents.types import NO_IMAGE

TEXT = b"BT /F 20 Tf 50 700 Td (Invoice total 47.11) Tj ET"


def running(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until_gone(pid: int, seconds: float) -> None:
    end = time.monotonic() + seconds
    while running(pid):
        assert time.monotonic() < end, f"process {pid} is still there"
        time.sleep(0.02)


def pid_of(reader: Reader) -> int:
    return reader._child.process.pid


@pytest.fixture
def own_reader():
    """A reader of a test's own, to be maltreated."""
    with Reader(Limits(seconds=20)) as reader:
        yield reader


def test_pages_stream_in_the_order_asked(pdf_file, reader):
    document = reader.open(pdf_file(TEXT, b"", TEXT))
    assert (document.kind, document.page_count, len(document.sha256)) == ("pdf", 3, 64)
    assert [page.number for page in reader.pages(document)] == [1, 2, 3]
    assert [page.number for page in reader.pages(document, iter([3, 1, 3]))] == [3, 1, 3]
    assert [len(page.words) for page in reader.pages(document)] == [3, 0, 3]
    with pytest.raises(ValueError, match="page 4 of a document of 3"):
        next(reader.pages(document, [4]))


def test_two_documents_can_be_read_side_by_side(pdf_file, reader):
    one = reader.open(pdf_file(TEXT, TEXT, name="one.pdf"))
    two = reader.open(pdf_file(b"", b"", name="two.pdf"))
    both = list(zip(reader.pages(one), reader.pages(two), strict=True))
    assert [(len(a.words), len(b.words)) for a, b in both] == [(3, 0), (3, 0)]


def test_the_same_file_gives_the_same_page(pdf_file, reader):
    document = reader.open(pdf_file(TEXT))
    first = list(reader.pages(document))
    reader.close()
    assert list(reader.pages(document)) == first  # from another process, to the byte


def test_paths_that_cannot_be_read_have_a_reason(tmp_path, reader):
    (tmp_path / "folder.pdf").mkdir()
    os.mkfifo(tmp_path / "pipe.pdf")
    (tmp_path / "notes.txt").write_text("x")
    for name, reason in [
        ("folder.pdf", "a folder, not a file"),
        ("pipe.pdf", "not a file"),
        ("gone.pdf", "there is no such file"),
        ("notes.txt", "not a kind of file that can be read"),
    ]:
        with pytest.raises(DocumentError) as raised:
            reader.open(tmp_path / name)
        assert raised.value.reason.startswith(reason)
        assert raised.value.path == tmp_path / name


def test_a_file_that_may_not_be_read_has_a_reason(pdf_file, reader, monkeypatch):
    path = pdf_file(TEXT)

    def refuse(self, *arguments, **options):  # file modes mean nothing to root, who runs many a test
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(DocumentError, match="cannot be read: Permission denied"):
        reader.open(path)


def test_names_that_are_no_text_can_be_opened(pdf_file, reader):
    path = pdf_file(TEXT)
    strange = Path(os.fsdecode(os.fsencode(path.parent) + b"/b\xff\n.pdf"))
    path.rename(strange)
    assert next(reader.pages(reader.open(strange))).words


def test_a_child_killed_while_idle_costs_nothing(pdf_file, own_reader):
    path = pdf_file(TEXT, TEXT)
    document = own_reader.open(path)
    pages = own_reader.pages(document)
    assert next(pages).words
    os.kill(pid_of(own_reader), signal.SIGKILL)
    wait_until_gone(pid_of(own_reader), 5)
    assert next(pages).number == 2
    assert own_reader.open(path) == document


def test_a_child_that_crashes_costs_the_page_it_was_at(pdf_file, own_reader):
    document = own_reader.open(pdf_file(TEXT, TEXT, TEXT))
    pages = own_reader.pages(document)
    assert next(pages).number == 1
    pid = pid_of(own_reader)
    os.kill(pid, signal.SIGSTOP)
    timer = threading.Timer(0.3, os.kill, (pid, signal.SIGKILL))
    timer.start()
    with pytest.raises(DocumentError, match=r"page 2: reading it crashed \(SIGKILL\)"):
        next(pages)
    timer.join()
    assert [page.number for page in own_reader.pages(document, [3])] == [3]
    assert pid_of(own_reader) != pid


def test_a_child_that_hangs_is_cut_at_the_limit(pdf_file):
    with Reader(Limits(seconds=0.7)) as reader:
        document = reader.open(pdf_file(TEXT))
        pid = pid_of(reader)
        os.kill(pid, signal.SIGSTOP)
        start = time.monotonic()
        with pytest.raises(DocumentError, match=r"page 1: it took longer than the limit of 0\.7 s"):
            list(reader.pages(document))
        assert 0.6 < time.monotonic() - start < 3
        wait_until_gone(pid, 5)
        assert [page.number for page in reader.pages(document)] == [1]


def test_an_interrupt_leaves_no_stale_answer(pdf_file, own_reader):
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores it
    one, two = own_reader.open(pdf_file(TEXT)), own_reader.open(pdf_file(b"", name="two.pdf"))
    os.kill(pid_of(own_reader), signal.SIGSTOP)
    timer = threading.Timer(0.3, signal.pthread_kill, (threading.get_ident(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        list(own_reader.pages(one))
    timer.join()
    signal.signal(signal.SIGINT, before)
    assert [page.words for page in own_reader.pages(two)] == [()]


def test_ctrl_c_does_not_reach_the_child(pdf_file, own_reader):
    document = own_reader.open(pdf_file(TEXT))
    os.kill(pid_of(own_reader), signal.SIGINT)
    pid = pid_of(own_reader)
    assert list(own_reader.pages(document))
    assert pid_of(own_reader) == pid


def test_too_much_memory_costs_the_file(tmp_path, pdf_file):
    Image.new("L", (9000, 9000)).save(tmp_path / "large.png", compress_level=1)
    with Reader(Limits(memory_bytes=300 << 20)) as reader:
        large = reader.open(tmp_path / "large.png")  # 81 MB of grey, 324 MB of RGB
        with pytest.raises(DocumentError, match="needs more memory than the limit"):
            list(reader.pages(large))
        assert list(reader.pages(reader.open(pdf_file(TEXT))))


def test_memory_stays_flat_over_pages_and_files(pdf_file, own_reader):
    path = pdf_file(*[TEXT] * 30)

    def resident() -> int:
        return int(Path(f"/proc/{pid_of(own_reader)}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    list(own_reader.pages(own_reader.open(path)))
    before = resident()
    for _ in range(3):
        list(own_reader.pages(own_reader.open(path)))
    assert resident() - before < 4 << 20  # one page's bitmap is 6 MB


PARENT = """
import sys, time
from pathlib import Path
from octavo.documents import Reader
reader = Reader()
reader.open(Path(sys.argv[1]))
print(reader._child.process.pid, flush=True)
time.sleep(60)
"""


def test_the_child_dies_with_its_parent(pdf_file):
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(pdf_file(TEXT))], stdout=subprocess.PIPE)
    child = int(parent.stdout.readline())
    assert running(child)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_until_gone(child, 5)


def test_a_child_that_spins_without_a_parent_dies_of_its_work():
    spin = "from octavo.documents import child; child.limit_cpu(0.5 - child.CPU_MARGIN_S)\nwhile True: pass"
    done = subprocess.run([sys.executable, "-c", spin], timeout=30, stderr=subprocess.DEVNULL, check=False)
    assert done.returncode == -signal.SIGXCPU


def test_the_work_of_a_request_is_limited(pdf_file, own_reader):
    own_reader.open(pdf_file(TEXT))
    soft, _ = resource.prlimit(pid_of(own_reader), resource.RLIMIT_CPU)
    assert 20 < soft < 40  # its 20 s of wall clock, a margin, and what the start took


def test_a_file_that_failed_is_let_go(tmp_path, own_reader):
    path = tmp_path / "cut.png"
    Image.effect_noise((300, 300), 90).save(path)
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(DocumentError, match="page 1: damaged"):
        list(own_reader.pages(own_reader.open(path)))
    assert path not in [link.readlink() for link in Path(f"/proc/{pid_of(own_reader)}/fd").iterdir()]


CRASH = """
import os, signal, sys
from pathlib import Path
from octavo.documents import DocumentError, Reader
with Reader() as reader:
    document = reader.open(Path(sys.argv[1]))
    os.kill(reader._child.process.pid, signal.SIGSEGV)
    try:
        list(reader.pages(document))
    except DocumentError:  # unless the child was gone before it was asked
        pass
"""


def test_nothing_is_printed(pdf_file, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", CRASH, str(pdf_file(TEXT))],
        capture_output=True,
        check=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONFAULTHANDLER": "1"},
    )
    assert (done.stdout, done.stderr) == (b"", b"")
    assert not list(tmp_path.glob("core*"))


def test_the_working_folder_is_no_place_to_import_from(pdf_file, tmp_path, monkeypatch):
    (tmp_path / "json.py").write_text("raise SystemExit('taken over')")
    monkeypatch.chdir(tmp_path)
    with Reader() as reader:
        assert reader.open(pdf_file(TEXT)).page_count == 1


def test_text_alone_and_image_alone_are_the_halves_of_a_page(pdf_file, reader):
    document = reader.open(pdf_file(TEXT + b" 50 600 500 1 re f"))
    (both,), (text,), (image,) = (
        list(reader.pages(document, **asked)) for asked in ({}, {"image": False}, {"words": False})
    )
    assert (text.words, text.rules, text.text) == (both.words, both.rules, "layer")
    assert (len(text.words), len(text.rules)) == (3, 1)
    assert text.image is NO_IMAGE
    assert image.image == both.image
    assert (image.words, image.rules, image.fields, image.text) == ((), (), (), "no text")
    assert (text.width, text.height, text.label) == (image.width, image.height, image.label)


def test_a_page_is_drawn_to_the_size_asked_for(pdf_file, tmp_path, rgb_reader):
    asked = []

    def fit(width: float, height: float) -> tuple[int, int]:
        asked.append((width, height))
        return 100, 200

    Image.new("RGB", (300, 150), (10, 20, 30)).save(tmp_path / "card.png", dpi=(150, 150))
    red = b"1 0 0 rg 0 0 300 800 re f"  # the left half of 600 by 800 points
    (drawn,) = rgb_reader.pages(rgb_reader.open(pdf_file(red)), fit=fit)
    (resized,) = rgb_reader.pages(rgb_reader.open(tmp_path / "card.png"), fit=fit)
    assert asked == [(600.0, 800.0), pytest.approx((144, 72), abs=0.1)]
    assert (drawn.image.width, drawn.image.height) == (resized.image.width, resized.image.height) == (100, 200)
    assert [drawn.image.pil().getpixel((x, 100)) for x in (49, 50)] == [(255, 0, 0), (255, 255, 255)]
    assert resized.image.pil().getpixel((50, 100)) == (10, 20, 30)
    assert (drawn.width, drawn.height) == (600.0, 800.0)
    with pytest.raises(ValueError, match="longest side"):
        next(rgb_reader.pages(rgb_reader.open(pdf_file(red)), fit=lambda *_: (100, 3000)))


def test_a_blank_page_and_a_stamped_scan_have_no_text(pdf_file, reader):
    scan = b"q 600 0 0 800 0 0 cm BI /W 1 /H 1 /BPC 8 /CS /G ID \x80 EI Q "
    pages = list(reader.pages(reader.open(pdf_file(b"", scan, scan + TEXT, TEXT)), image=False))
    assert [page.text for page in pages] == ["no text", "no text", "no text", "layer"]
    assert [len(page.words) for page in pages] == [0, 0, 0, 3]


def test_text_drawn_as_paths_under_a_stamp_is_no_text(pdf_file, reader):
    glyph = b"q 1 0 0 1 %d %d cm 0 0 m 0 8 l 3 8 l 3 6 l 1 6 l 1 4 l 3 4 l 3 0 l h f Q "
    letters = b"".join(glyph % (50 + 6 * (i % 80), 600 - 14 * (i // 80)) for i in range(400))
    (page,) = reader.pages(reader.open(pdf_file(TEXT + b" " + letters)), image=False)
    assert (page.text, page.words) == ("no text", ())


def test_the_hidden_layer_of_a_scan_is_its_text(pdf_file, reader):
    scan = b"q 600 0 0 800 0 0 cm BI /W 1 /H 1 /BPC 8 /CS /G ID \x80 EI Q BT /F 9 Tf 3 Tr 20 TL 50 700 Td "
    layer = b"(The seller shall deliver the goods within thirty days of the order) Tj T* " * 3 + b"ET"
    (page,) = reader.pages(reader.open(pdf_file(scan + layer)), image=False)
    assert (page.text, len(page.words)) == ("layer", 36)


def mutated(data: bytes, rng: random.Random) -> bytes:
    """A file as a bad disk, a bad line or a bad person leaves it."""
    out, kind = bytearray(data), rng.randrange(4)
    if kind == 0:
        return bytes(out[: rng.randrange(len(out))])
    if kind == 1:
        start, length = rng.randrange(len(out)), rng.randrange(1, 200)
        out[start : start + length] = out[(at := rng.randrange(len(out))) : at + rng.randrange(200)]
        return bytes(out)
    if kind == 2:  # another number where a number stands: lengths, offsets, sizes, object numbers
        digits = [i for i, byte in enumerate(out) if 48 <= byte < 58]
        for i in rng.sample(digits, min(len(digits), rng.randrange(1, 20))):
            out[i] = rng.randrange(48, 58)
        return bytes(out)
    for _ in range(rng.randrange(1, 30)):
        out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    return bytes(out)


def test_mutated_files_give_pages_or_a_reason(tmp_path, pdf_file):
    picture = Image.effect_noise((60, 60), 80)
    for suffix in ("png", "jpg", "tif", "webp"):
        picture.save(tmp_path / f"seed.{suffix}")
    seeds = [pdf_file(TEXT, TEXT), *sorted(tmp_path.glob("seed.*"))]
    rng, opened, reasons = random.Random(5), 0, []
    with Reader(Limits(seconds=10, memory_bytes=1 << 30, pixels=4_000_000), dpi=36) as reader:
        for i in range(240):
            seed = seeds[0] if i % 2 else rng.choice(seeds[1:])
            path = tmp_path / f"mutated{seed.suffix}"
            path.write_bytes(mutated(seed.read_bytes(), rng))
            try:
                for page in reader.pages(reader.open(path)):
                    assert page.image.pil().size == (page.image.width, page.image.height)
                opened += 1
            except DocumentError as error:
                reasons.append(error.reason)
    assert opened > 20
    assert len(reasons) > 20
    assert not [reason for reason in reasons if "longer than the limit" in reason]
