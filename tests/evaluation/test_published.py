"""The field's benchmarks in the columns in which they are published, a few rows each."""

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from octavo.errors import OctavoError
from octavo.evaluation import evaluate
from octavo.evaluation.models import OwnModel
from octavo.evaluation.prompts import STYLES, load_prompt
from octavo.evaluation.tasks import open_task
from octavo.evaluation.tasks.published import SPECS, literal
from tests.evaluation.examinee import Scripted


def picture(number=0, format_="PNG"):
    buffer = io.BytesIO()
    Image.new("RGB", (30 + number, 40), (number * 9 % 256, 90, 200)).save(buffer, format_)
    return {"bytes": buffer.getvalue(), "path": None}


def document(number, answers, **fields):
    return {"questionId": str(number), "question": f"What is {number}?", "image": picture(number // 2),
            "answers": answers, **fields}  # fmt: skip


def page(number):
    return {"docId": 13 + number, "ucsf_document_id": "ab", "ucsf_document_page_no": str(number)}


def mmmu(number, **fields):
    images = {f"image_{i}": picture(i) if i <= 2 else None for i in range(1, 8)}
    return {"id": f"validation_Art_{number}", "question": "Compare <image 1> with <image 2>.", **fields, **images}


def mathvista(number, **fields):
    row = {"pid": str(number), "question": "How many?", "image": "images/1.jpg", "decoded_image": picture(number),
           "choices": None, "precision": None, "metadata": {"task": "figure question answering"}}  # fmt: skip
    return row | fields


ROWS = {
    "docvqa": [
        document(1, ["Ada"], question_types=["form", "table"], **page(1)),
        document(2, ["12", "twelve"], **page(2)),
        document(3, ["x"], **page(2)),
    ],
    "infovqa": [document(1, ["Ada"], answer_type=["single span"]), document(2, ["12", "twelve"], image_url="u")],
    "mp-docvqa": [
        {"questionId": "7", "question": "Which?", "doc_id": "abc", "page_ids": "['abc_p0', 'abc_p1']",
         "answers": "['this one']", "answer_page_idx": "1", "data_split": "val",
         **{f"image_{i}": picture(i) if i <= 2 else None for i in range(1, 21)}},
    ],
    "textvqa": [{"question_id": 5, "question": "What brand?", "image_id": "q", "image": picture(3, "JPEG"),
                 "answers": ["nokia"] * 6 + ["samsung"] * 4}],
    "chartqa": [
        {"query": "How much?", "label": ["3.5"], "human_or_machine": 0, "image": picture()},
        {"query": "Which?", "label": ["[2008, 2010]"], "human_or_machine": 1, "image": picture()},
    ],
    "mmmu": [
        mmmu(1, options="['red', 'blue']", question_type="multiple-choice", answer="B"),
        mmmu(2, options="[]", question_type="open", answer="['5', 'five']"),
    ],
    "mathvista": [
        mathvista(1, question_type="multi_choice", answer_type="text", choices=["3/11", "8/11"], answer="8/11"),
        mathvista(2, question_type="free_form", answer_type="float", precision=1.0, answer="1.4"),
        mathvista(3, question_type="free_form", answer_type="integer", answer="14"),
    ],
    "mmstar": [{"index": 3, "question": "Which?\nOptions: A: a, B: b, C: c, D: d", "answer": "C", "image": picture(),
                "category": "logic", "l2_category": "numeric"}],
}  # fmt: skip
# The columns and types of the sets' cards on the hub, of which the rows above fill some.
TEXT, NUMBER, TEXTS = pa.string(), pa.int64(), pa.list_(pa.string())
IMAGE = pa.struct({"bytes": pa.binary(), "path": TEXT})
DOCUMENT = {"questionId": TEXT, "question": TEXT, "answers": TEXTS, "image": IMAGE, "data_split": TEXT}
SCHEMAS = {
    "docvqa": DOCUMENT | {"question_types": TEXTS, "docId": NUMBER, "ucsf_document_id": TEXT,
                          "ucsf_document_page_no": TEXT},
    "infovqa": DOCUMENT | {"answer_type": TEXTS, "image_url": TEXT, "operation/reasoning": TEXTS, "ocr": TEXT},
    "mp-docvqa": {"questionId": TEXT, "question": TEXT, "doc_id": TEXT, "page_ids": TEXT, "answers": TEXT,
                  "answer_page_idx": TEXT, "data_split": TEXT, **{f"image_{i}": IMAGE for i in range(1, 21)}},
    "textvqa": {"image_id": TEXT, "question_id": pa.int32(), "question": TEXT, "question_tokens": TEXTS,
                "image": IMAGE, "image_width": pa.int32(), "image_height": pa.int32(), "flickr_original_url": TEXT,
                "flickr_300k_url": TEXT, "answers": TEXTS, "image_classes": TEXTS, "set_name": TEXT,
                "ocr_tokens": TEXTS},
    "chartqa": {"image": IMAGE, "query": TEXT, "label": TEXTS, "human_or_machine": NUMBER},
    "mmmu": {"id": TEXT, "question": TEXT, "options": TEXT, "explanation": TEXT,
             **{f"image_{i}": IMAGE for i in range(1, 8)}, "img_type": TEXT, "answer": TEXT,
             "topic_difficulty": TEXT, "question_type": TEXT, "subfield": TEXT},
    "mathvista": {"pid": TEXT, "question": TEXT, "image": TEXT, "decoded_image": IMAGE, "choices": TEXTS, "unit": TEXT,
                  "precision": pa.float64(), "answer": TEXT, "question_type": TEXT, "answer_type": TEXT,
                  "metadata": pa.struct({"category": TEXT, "context": TEXT, "grade": TEXT, "img_height": NUMBER,
                                         "img_width": NUMBER, "language": TEXT, "skills": TEXTS, "source": TEXT,
                                         "split": TEXT, "task": TEXT}),
                  "query": TEXT},
    "mmstar": {"index": NUMBER, "question": TEXT, "image": IMAGE, "answer": TEXT, "category": TEXT,
               "l2_category": TEXT,
               "meta_info": pa.struct({"source": TEXT, "split": TEXT, "image_path": TEXT})},
}  # fmt: skip
FILES = {"docvqa": "DocVQA/validation-00000.parquet", "infovqa": "InfographicVQA/validation-00000.parquet",
         "mp-docvqa": "data/val-00000.parquet", "mathvista": "data/testmini-00000.parquet",
         "chartqa": "data/test-00000.parquet", "mmstar": "mmstar.parquet"}  # fmt: skip


@pytest.fixture(params=sorted(ROWS))
def published(request, tmp_path):
    path = tmp_path / "set" / FILES.get(request.param, "data/validation-00000.parquet")
    path.parent.mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(ROWS[request.param], pa.schema(SCHEMAS[request.param])), path)
    other = path.with_name("train-00000.parquet")
    pq.write_table(pa.table({"nothing": ["to be read"]}), other)
    if request.param == "mmstar":
        other.unlink()
    return open_task(request.param, str(tmp_path / "set"))


def true_answer(item):
    return item.references[0]


def test_true_answers_score_one_and_others_none(published, tmp_path):
    right = evaluate(Scripted(true_answer), published, "idefics", None, tmp_path / "right")
    assert right.score.n == len(ROWS[published.name])
    first = right.header.metrics[0]
    # Ten annotators who disagree: six say what is given, so each of them finds three others, the rest, too.
    assert right.score.metrics[first].value == 1.0
    wrong = evaluate(Scripted(lambda item: "zzz"), published, "idefics", None, tmp_path / "wrong")
    assert wrong.score.metrics[first].value == 0.0
    assert wrong.score.unparsed == (1.0 if published.name in ("mmmu", "mmstar") else None)
    assert ("mmstar_by_category" in wrong.score.metrics) == (published.name == "mmstar")
    assert wrong.score.left_to_judge == (3 if published.name == "mathvista" else None)


def test_every_set_has_its_images_in_order(published):
    sizes = [image.width for image in published.images(published.items[0])]
    expected = {"mp-docvqa": [31, 32], "mmmu": [31, 32], "textvqa": [33], "mathvista": [31]}
    assert sizes == expected.get(published.name, [30])
    assert len(published.items[0].numbers) == len(sizes)


def test_questions_about_one_picture_share_it(tmp_path):
    folder = tmp_path / "DocVQA"
    folder.mkdir()
    pq.write_table(pa.Table.from_pylist(ROWS["docvqa"]), folder / "validation-0.parquet")
    first, second, third = open_task("docvqa", str(tmp_path)).items
    assert (first.group == second.group, second.group == third.group) == (False, True)
    assert first.document == second.document == "ab"  # two pages of one document
    named = ("docId", "ucsf_document_id", "ucsf_document_page_no")
    without = [{name: value for name, value in row.items() if name not in named} for row in ROWS["docvqa"]]
    pq.write_table(pa.Table.from_pylist(without), folder / "validation-0.parquet")
    first, second, third = open_task("docvqa", str(tmp_path)).items  # told by the picture itself
    assert (first.group == second.group, second.group == third.group) == (False, True)
    assert first.document != second.document


def test_several_images_of_one_question_are_seen_together(tiny_run, tmp_path):
    pq.write_table(pa.Table.from_pylist(ROWS["mmmu"]), tmp_path / "validation-0.parquet")
    made = evaluate(OwnModel(str(tiny_run)), open_task("mmmu", str(tmp_path)), "generic", None, tmp_path / "out")
    assert made.score.failures == {}
    assert [p.predicted_page for p in made.predictions] == [0, 0]


def test_a_set_with_other_columns_or_splits_is_refused(tmp_path):
    pq.write_table(pa.table({"question": ["What?"], "answer": ["x"]}), tmp_path / "validation-0.parquet")
    with pytest.raises(OctavoError, match="no column questionId"):
        open_task("docvqa", str(tmp_path))
    pq.write_table(pa.table({"question": ["What?"]}), tmp_path / "test-0.parquet")
    with pytest.raises(OctavoError, match="it has test, validation"):
        open_task("mathvista", str(tmp_path))
    (tmp_path / "val-0.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(OctavoError, match="fetch it again"):
        open_task("mp-docvqa", str(tmp_path))


def test_a_list_that_is_code_is_read_as_text():
    assert literal("['a', 'b']") == ["a", "b"]
    assert literal("__import__('os').getcwd()") == ["__import__('os').getcwd()"]
    assert literal("[" * 10_000) == ["[" * 10_000]
    assert literal(7.5) == ["7.5"]
    assert literal("1,250") == ["1,250"]  # not the two numbers of a tuple
    assert literal("[2008] and [2010]") == ["[2008] and [2010]"]


def test_prompts_are_the_authors_and_change_the_hash():
    docvqa, chartqa = load_prompt("idefics", "docvqa"), load_prompt("idefics", "chartqa")
    assert docvqa.template.endswith("without additional explanation.\nQuestion: {question}")
    assert chartqa.template.startswith("For the question below, follow the following instructions:\n-The answer")
    assert chartqa.template.count("\n") == 11
    hashes = {load_prompt(style, task).sha256 for style in STYLES for task in SPECS}
    assert len(hashes) >= 6
    with pytest.raises(OctavoError, match="plain, generic, idefics"):
        load_prompt("idefix", "docvqa")


def test_an_items_text_is_never_taken_for_a_template(published):
    item = published.items[0]
    hostile = type(item)(item.id, "{choices}{question}", item.references, "d", "g", "", options=("{question}", "b"))
    text = load_prompt("generic", "mmmu").text(hostile)
    assert text.startswith("{choices}{question}\nA. {question}\nB. b\nAnswer")


def test_the_family_is_shown_docvqa_at_its_authors_size(tiny_run):
    assert SPECS["docvqa"].edges == {364: 1820}
    assert OwnModel(str(tiny_run), {64: 192}).vlm.processor.image_config.longest_edge == 192
    assert OwnModel(str(tiny_run), {364: 1820}).vlm.processor.image_config.longest_edge == 128
