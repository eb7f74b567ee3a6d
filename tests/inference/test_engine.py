"""The engine: the same tokens whoever shares the batch, whatever the cache holds, and no slot lost."""

import subprocess
import sys
import threading

import pytest
import torch
from PIL import Image

from octavo.errors import OctavoError
from octavo.inference import PageAsker, PageReader
from octavo.inference.engine import Busy, Engine, Request, Sampling
from octavo.models import save_model
from octavo.processing.conversation import question_message

QUESTIONS = ["What is the total?", "When?", "What is the name of the customer on this page?", "Who?", "Why?"]
GREEDY = Sampling(max_tokens=12)


def picture(seed, size=(70, 90)):
    noise = torch.randint(0, 256, (size[1], size[0], 3), generator=torch.Generator().manual_seed(seed))
    return Image.fromarray(noise.to(torch.uint8).numpy())


@pytest.fixture
def engine(parts):
    with Engine(*parts, slots=3, waiting=8, context=1024) as engine:
        yield engine


def asked(engine, question, image, sampling=GREEDY):
    return engine.stream(engine.prepare([question_message(question, 1)], [image]), sampling)


def ids(completion):
    return [token.id for token in completion.tokens]


def test_answers_equal_those_of_the_model_itself(engine, parts):
    reader = PageReader(*parts, [picture(1)], max_new_tokens=12)
    for question in QUESTIONS:
        ours, theirs = asked(engine, question, picture(1)).result(), reader.ask(question)
        assert ours.text == theirs.text.rstrip("\ufffd")  # a stream does not tell the first half of a character
        assert ours.confidence == pytest.approx(theirs.confidence, rel=1e-4)


def test_a_batch_that_requests_join_and_leave_gives_what_each_gets_alone(parts):
    many = [
        (question, picture(page), Sampling(max_tokens=3 + 5 * number, temperature=number % 2, seed=number))
        for number, question in enumerate(QUESTIONS)
        for page in (1, 2)
    ]
    with Engine(*parts, slots=1) as alone:
        expected = [ids(asked(alone, *one).result()) for one in many]
    with Engine(*parts, slots=4) as shared:
        tickets = [asked(shared, *one) for one in many]
        assert [ids(ticket.result()) for ticket in tickets] == expected
    assert len({tuple(answer) for answer in expected}) > 5  # they do differ


def test_losses_are_the_models(engine, parts):
    reader = PageReader(*parts, [picture(1)], max_new_tokens=300)
    asker = PageAsker(engine, [picture(1)])
    for answer in ("1,200.50", "no " * 300):  # one ends in the first chunk, one in the third
        found = asker.answer_losses("What is the total?", answer)
        assert found == pytest.approx(reader.answer_losses("What is the total?", answer), rel=1e-4, abs=1e-4)


def test_a_page_is_read_once(engine):
    first = asked(engine, "When?", picture(3)).result()
    again = asked(engine, "When?", picture(3)).result()
    assert (first.cached_tokens, again.cached_tokens) == (
        0,
        engine.prepare([question_message("", 1)], [picture(3)]).prefix,
    )
    assert ids(first) == ids(again)
    assert engine.scheduler.counts.pages_read == 1


def test_who_waits_for_the_same_page_gets_it_from_the_first(engine):
    tickets = [asked(engine, question, picture(4)) for question in QUESTIONS[:3]]
    assert len({len(ids(ticket.result())) > 0 for ticket in tickets}) == 1
    assert engine.scheduler.counts.pages_read == 1


def test_keys_tell_pages_apart(engine):
    def key(image):
        return engine.prepare([question_message("When?", 1)], [image]).key

    gray = Image.new("L", (64, 96), 7)
    images = [gray, gray.convert("RGB"), Image.new("L", (96, 64), 7), Image.new("L", (64, 96), 8), picture(1)]
    assert len({key(image) for image in images}) == len(images)
    assert key(gray) == key(gray.copy())
    indices = Image.new("P", (64, 96), 0)
    red = indices.copy()
    red.putpalette([255, 0, 0])
    turned = gray.copy()
    turned.getexif()[0x0112] = 6
    assert len({key(image) for image in (indices, red, gray, turned)}) == 4
    assert all(len(key(image)) == 32 for image in images)


@pytest.mark.parametrize("page_bytes", [0, 1 << 30])
def test_answers_do_not_depend_on_the_cache(parts, page_bytes):
    with Engine(*parts, slots=1, page_bytes=page_bytes) as engine:
        answers = [ids(asked(engine, "When?", picture(page)).result()) for page in (1, 2, 1, 2)]
        assert engine.scheduler.counts.pages_read == (2 if page_bytes else 4)
        assert engine.scheduler.pages.nbytes <= page_bytes
    assert answers[:2] == answers[2:]


def test_pages_outlive_the_engine(parts, tmp_path):
    answers = []
    for _ in range(2):
        with Engine(*parts, folder=tmp_path) as engine:
            answers.append(asked(engine, "When?", picture(1)).result())
            read = engine.scheduler.counts.pages_read
    assert (answers[0].cached_tokens, read) == (0, 0)
    assert ids(answers[0]) == ids(answers[1])
    (file,) = tmp_path.glob("*.safetensors")
    broken = bytearray(file.read_bytes())
    broken[-1] ^= 1
    file.write_bytes(broken)
    with Engine(*parts, folder=tmp_path) as engine:
        again = asked(engine, "When?", picture(1)).result()
        assert engine.scheduler.counts.pages_read == 1
    assert ids(again) == ids(answers[0])


def test_the_folder_stays_within_its_bytes(parts, tmp_path):
    with Engine(*parts, folder=tmp_path) as engine:
        asked(engine, "When?", picture(1)).result()
        (file,) = tmp_path.iterdir()
    with Engine(*parts, folder=tmp_path, page_bytes=file.stat().st_size) as engine:
        asked(engine, "When?", picture(2)).result()
    (left,) = tmp_path.iterdir()
    assert left != file


def test_other_weights_have_other_pages(parts, tmp_path):
    model, processor = parts
    for change in (0.0, 1.0):
        model.model.connector.modality_projection.proj.weight.data[0, 0] += change
        with Engine(model, processor, folder=tmp_path) as engine:
            asked(engine, "When?", picture(1)).result()
    model.model.connector.modality_projection.proj.weight.data[0, 0] -= 1.0
    assert len(list(tmp_path.iterdir())) == 2


def test_equal_tiles_are_encoded_once(parts):
    calls = []
    with Engine(*parts) as engine:
        encoder = engine.scheduler.tiles
        inner = encoder.model.features_of
        encoder.model.features_of = lambda pixels: calls.append(1) or inner(pixels)
        try:
            asked(engine, "When?", Image.new("RGB", (128, 128), "white")).result()
        finally:
            del encoder.model.features_of
    assert len(calls) == 1  # four tiles and the overview, all white


def test_cancelling_frees_the_slot(parts):
    with Engine(*parts, slots=1, context=4096) as engine:
        endless = Sampling(max_tokens=3000, temperature=1.0)
        engine.scheduler.ends.clear()
        ticket, waiting = (asked(engine, "When?", picture(1), endless) for _ in range(2))
        next(iter(ticket))
        waiting.cancel()
        ticket.cancel()
        assert ticket.result().reason == waiting.result().reason == "cancelled"
        assert waiting.result().tokens == ()
        assert asked(engine, "Who?", picture(1)).result().reason == "length"
        assert engine.load == (0, 0)


def test_a_full_queue_refuses(parts):
    with Engine(*parts, slots=1, waiting=2, context=4096) as engine:
        engine.scheduler.ends.clear()
        running = asked(engine, "When?", picture(1), Sampling(max_tokens=3000))
        next(iter(running))
        waiting = [asked(engine, "When?", picture(1)) for _ in range(2)]
        with pytest.raises(Busy, match="again"):
            asked(engine, "When?", picture(1))
        running.cancel()
        assert [ticket.result().reason for ticket in waiting] == ["length"] * 2


def test_closing_lets_what_runs_finish_or_cuts_it(parts):
    engine = Engine(*parts, slots=1, context=4096)
    ticket = asked(engine, "When?", picture(1))
    engine.close(grace_s=60)
    assert ticket.result().reason in ("stop", "length")
    with pytest.raises(Busy, match="closing"):
        asked(engine, "When?", picture(1))
    engine = Engine(*parts, slots=1, context=4096)
    engine.scheduler.ends.clear()
    tickets = [asked(engine, "When?", picture(1), Sampling(max_tokens=3000)) for _ in range(2)]
    engine.close()
    assert [ticket.result().reason for ticket in tickets] == ["cancelled"] * 2


def test_a_broken_image_is_refused_before_it_is_asked(engine, tmp_path):
    path = tmp_path / "cut.png"
    picture(5, (400, 400)).save(path)
    path.write_bytes(path.read_bytes()[:2000])
    with Image.open(path) as broken, pytest.raises(OctavoError, match="decoded"):
        engine.prepare([question_message("When?", 1)], [broken])


def test_a_page_that_cannot_be_read_costs_its_own_requests(engine, monkeypatch):
    pixels = engine.processor.pixels

    def some(images):
        if images[0].size == (64, 64):
            raise OctavoError("this page cannot be read")
        return pixels(images)

    monkeypatch.setattr(engine.processor, "pixels", some)
    bad = [asked(engine, question, Image.new("L", (64, 64))) for question in QUESTIONS[:2]]
    good = asked(engine, "When?", picture(5))
    for ticket in bad:
        with pytest.raises(OctavoError, match="cannot be read"):
            ticket.result()
    assert good.result().tokens


def test_an_unforeseen_fault_is_told_and_the_engine_goes_on(engine):
    inner = engine.scheduler.decoder.head
    engine.scheduler.decoder.head = lambda x: 1 / 0
    with pytest.raises(ZeroDivisionError):
        asked(engine, "When?", picture(1)).result()
    engine.scheduler.decoder.head = inner
    assert asked(engine, "When?", picture(1)).result().tokens


def test_text_alone(engine, parts):
    model, _ = parts
    prompt = engine.prepare([{"role": "user", "content": "How are you?"}], [])
    with torch.no_grad():
        expected = int(model(prompt.token_ids, (len(prompt.token_ids),))[-1].argmax())
    assert ids(engine.answer(prompt, Sampling(max_tokens=1))) == [expected]


def test_too_long(engine):
    with pytest.raises(OctavoError, match="fewer pages"):
        engine.prepare([question_message("why " * 2000, 1)], [picture(1)])
    with pytest.raises(OctavoError, match="at most"):
        asked(engine, "why", picture(1), Sampling(max_tokens=1020))


def test_many_threads_ask(engine):
    expected = {question: ids(asked(engine, question, picture(1)).result()) for question in QUESTIONS[:3]}
    found = []

    def ask(question):
        found.append((question, ids(asked(engine, question, picture(1)).result())))

    threads = [threading.Thread(target=ask, args=(question,)) for question in [*expected, *expected]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert all(expected[question] == answer for question, answer in found)


def test_a_listener_hears_pieces_and_then_the_completion(engine):
    heard, done = [], threading.Event()

    def tell(event):
        heard.append(event)
        if not hasattr(event, "token"):
            done.set()

    engine.submit(Request(engine.prepare([question_message("When?", 1)], [picture(1)]), GREEDY, tell))
    assert done.wait(60)
    *pieces, completion = heard
    assert "".join(piece.text for piece in pieces) == completion.text
    assert tuple(piece.token for piece in pieces) == completion.tokens


def test_an_engine_that_nobody_holds_ends(parts):
    engine = Engine(*parts)
    asked(engine, "When?", picture(1)).result()
    thread = engine.worker._thread
    del engine
    thread.join(60)
    assert not thread.is_alive()


def test_a_process_that_asked_ends_in_order(parts, tmp_path):
    """Python ends threads in the middle of what torch does with them; the engine's has ended before."""
    model, processor = parts
    save_model(model, tmp_path)
    processor.save_pretrained(tmp_path)
    script = (
        "import sys, octavo; from PIL import Image; model = octavo.load(sys.argv[1]); "
        "print(model.read([Image.new('L', (64, 64))], 4).ask('Who?').seconds > 0)"
    )
    for _ in range(3):
        ended = subprocess.run([sys.executable, "-c", script, tmp_path], capture_output=True, text=True, check=False)
        assert (ended.returncode, ended.stdout, ended.stderr) == (0, "True\n", "")
