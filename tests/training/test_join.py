"""An encoder and a language model, joined: each says what it said, and the whole trains and answers."""

from pathlib import Path

import pytest
import torch
from PIL import Image
from tokenizers import Tokenizer
from transformers import AutoModelForImageTextToText, AutoTokenizer, SiglipModel
from typer.testing import CliRunner

from octavo.cli import app
from octavo.errors import OctavoError
from octavo.inference import PageReader, VisionLanguageModel
from octavo.models import load_model
from octavo.models.backbones import load_decoder, load_encoder
from octavo.processing.conversation import conversation
from octavo.training import load_recipe, train
from octavo.training.join import join_folders


@pytest.fixture(scope="module")
def joined(vision: Path, text: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("joined") / "model"
    made = join_folders(str(vision), str(text), out)
    assert (made.patches_trained, made.patches, made.tokens_per_tile) == (6, 6, 9)
    assert made.left_out == len(SiglipModel.from_pretrained(vision).state_dict()) - len(
        list(load_encoder(vision).model.parameters())
    )
    return out


def image() -> Image.Image:
    noise = torch.randint(0, 256, (90, 70, 3), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)
    return Image.fromarray(noise.numpy())


@torch.no_grad()
def test_both_parts_say_what_they_said(vision: Path, text: Path, joined: Path) -> None:
    model, decoder = VisionLanguageModel.load(joined).model, load_decoder(text).model
    ids = torch.arange(20, 60)
    tokens = Tokenizer.from_file(str(text / "tokenizer.json")).get_vocab_size()
    torch.testing.assert_close(model(ids, [40])[:, :tokens], decoder(ids, [40])[:, :tokens])
    pixels = torch.randn(1, 3, 54, 54, generator=torch.Generator().manual_seed(0))
    assert torch.equal(model.model.vision_model(pixels), load_encoder(vision).model(pixels))


@torch.no_grad()
def test_new_tokens_are_no_likelier_than_old_ones(text: Path, joined: Path) -> None:
    model = VisionLanguageModel.load(joined).model
    tokens = Tokenizer.from_file(str(text / "tokenizer.json")).get_vocab_size()
    rows = model.model.text_model.embed_tokens.weight
    mean = rows[:tokens].mean(0)
    assert ((rows[tokens:] - mean).norm(dim=1) < 0.05 * (rows[:tokens] - mean).norm(dim=1).mean()).all()
    logits = model(torch.arange(20, 60), [40])
    assert (logits[:, :tokens].amax(1) > logits[:, tokens:].amax(1)).all()


def test_the_folder_opens_in_transformers_and_prompts_are_the_family_s(joined: Path, text: Path) -> None:
    theirs, report = AutoModelForImageTextToText.from_pretrained(joined, output_loading_info=True)
    assert not any(report.values()), report
    ours = VisionLanguageModel.load(joined)
    sample = ours.processor.encode(conversation([("What?", "1")], 1), [image()])
    tokenizer = AutoTokenizer.from_pretrained(joined)
    written = tokenizer.decode(sample.token_ids)
    begins = "<|begin|>User:" if "llama" in str(text) else "User:"
    assert written.startswith(f"{begins}<fake_token_around_image><row_1_col_1><image>")
    assert written.endswith("Assistant: 1<end_of_utterance>\n")
    messages = [{"role": "user", "content": [{"type": "text", "text": "What?"}]}]
    rendered = tokenizer.apply_chat_template(messages, tokenize=False)
    assert rendered == ours.processor.template.render(messages)
    pixels = ours.processor.normalise(sample.tiles)
    features = ours.model.encode_tiles(pixels).flatten(0, 1)
    logits = ours.model(sample.token_ids, [len(sample.token_ids)], features_ID=features)
    expected = theirs(input_ids=sample.token_ids[None], pixel_values=pixels[None]).logits[0]
    assert (logits - expected).abs().max() < 1e-5 * expected.abs().max()


def test_new_parts_train_while_the_backbones_stay(joined: Path, text: Path, data_folder: Path, tmp_path: Path) -> None:
    before = VisionLanguageModel.load(joined).model
    tokens = Tokenizer.from_file(str(text / "tokenizer.json")).get_vocab_size()
    new = before.config.text.vocab_size - tokens
    frozen = ["model.vision_model", "model.text_model", *(["lm_head"] if before.lm_head else [])]
    stage = ("stages.0.steps=2", "stages.0.pack_tokens=4096", "stages.0.warmup_steps=1")
    parts = (f"stages.0.freeze=[{', '.join(frozen)}]", f"stages.0.split_vocabulary={new}")
    train(load_recipe("nano", ("shape=null", f"base={joined}", f"data={data_folder}", *stage, *parts)), tmp_path)
    ours = VisionLanguageModel.load(tmp_path)
    now, then = dict(ours.model.named_parameters()), dict(before.named_parameters())
    assert {name for name in then if not torch.equal(now[name][:tokens], then[name][:tokens])} == {
        "model.connector.modality_projection.proj.weight"
    }
    rows = "model.text_model.embed_tokens.weight"
    assert (now[rows][tokens:] != then[rows][tokens:]).any()
    assert PageReader(ours.model, ours.processor, [image()], max_new_tokens=4).ask("What?").seconds > 0


def test_a_tile_of_another_grid_reads_the_positions_of_the_nearest(vision: Path, text: Path, tmp_path: Path) -> None:
    made = join_folders(str(vision), str(text), tmp_path / "model", tile=32)
    assert (made.patches_trained, made.patches, made.tokens_per_tile) == (6, 4, 4)
    pixels = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    ours = VisionLanguageModel.load(tmp_path / "model").model
    assert torch.equal(ours.model.vision_model(pixels), load_encoder(vision).model(pixels))
    assert ours.config.vision.image_size == 32


def test_the_command_says_what_it_made(vision: Path, text: Path, tmp_path: Path) -> None:
    given = ["--vision", str(vision), "--text", str(text), "--out", str(tmp_path / "model"), "--tile", "32"]
    made = CliRunner().invoke(app, ["join", *given, "--connector", "mlp", "--cross-attention", "2"])
    assert made.exit_code == 0, made.output
    assert "4 tokens a tile" in made.output
    assert "positions: 4² patches a tile read those of the nearest of 6² trained" in made.output
    assert load_model(tmp_path / "model").config.image_seq_len == 1


def test_parts_that_do_not_fit_are_named(vision: Path, text: Path, tmp_path: Path) -> None:
    with pytest.raises(OctavoError, match="an encoder is siglip"):
        join_folders(str(text), str(text), tmp_path / "model")
    with pytest.raises(OctavoError, match="connector is 'pool'; only linear, mlp, perceiver"):
        join_folders(str(vision), str(text), tmp_path / "model", connector="pool")
    with pytest.raises(OctavoError, match="too few for a scale of 7"):
        join_folders(str(vision), str(text), tmp_path / "model", scale_factor=7)
    with pytest.raises(OctavoError, match="scale_factor 2 does not divide"):
        join_folders(str(vision), str(text), tmp_path / "model", tile=40)
    (tmp_path / "bare").mkdir()
    for name in ("config.json", "model.safetensors"):
        (tmp_path / "bare" / name).symlink_to(text / name)
    with pytest.raises(OctavoError, match=r"no tokenizer\.json"):
        join_folders(str(vision), str(tmp_path / "bare"), tmp_path / "model")
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize(
    ("connector", "interval", "decoder"),
    [
        ("linear", None, "qwen2"),
        ("linear", 2, "llama"),
        ("mlp", None, "llama"),
        ("mlp", 1, "qwen2"),
        ("perceiver", None, "qwen2"),
        ("perceiver", 2, "llama"),
    ],
)
def test_every_composition_trains_and_answers(
    request: pytest.FixtureRequest,
    vision: Path,
    data_folder: Path,
    tmp_path: Path,
    connector: str,
    interval: int | None,
    decoder: str,
) -> None:
    text = request.getfixturevalue(decoder)
    join_folders(str(vision), str(text), tmp_path / "base", connector=connector, interval=interval)
    stage = ("stages.0.steps=2", "stages.0.warmup_steps=1", "stages.0.packs_per_step=1", "stages.0.pack_tokens=2048")
    train(
        load_recipe("nano", ("shape=null", f"base={tmp_path / 'base'}", f"data={data_folder}", *stage)),
        tmp_path / "run",
    )
    ours, before = VisionLanguageModel.load(tmp_path / "run"), load_model(tmp_path / "base")
    assert ours.model.config == before.config
    moved = {
        name
        for (name, new), old in zip(ours.model.named_parameters(), before.parameters(), strict=True)
        if not torch.equal(new, old)
    }
    assert {name for name in dict(before.named_parameters()) if "alpha" in name} <= moved
    assert any("connector" in name for name in moved)
    assert any("vision_model" in name for name in moved)
    answer = ours.read([image()], max_new_tokens=4).ask("What is the total?")
    assert 0 < answer.confidence <= 1
    if interval is not None:
        with pytest.raises(OctavoError, match="page by page"):
            _ = ours.engine
