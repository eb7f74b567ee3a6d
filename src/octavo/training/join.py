"""`octavo join`: an encoder and a language model, trained apart, as one folder to train from."""

from dataclasses import dataclass
from pathlib import Path

from octavo.files import written_whole
from octavo.hub import model_folder
from octavo.models import save_model
from octavo.models.backbones import load_decoder, load_encoder
from octavo.models.join import join, joined_config, tile_for
from octavo.processing import ImageConfig, Processor
from octavo.processing.extend import TEMPLATE, extend_tokenizer

TILES_OF_LONGEST_EDGE = 4  # Idefics3's, SmolVLM's: a page is at most four tiles long


@dataclass(frozen=True, slots=True)
class Joined:
    """What was made: sizes in parameters, sides in patches, and what the backbones' folders held besides."""

    vision: int
    connector: int
    text: int
    tokens_per_tile: int
    vocabulary: int
    new_rows: int
    left_out: int
    patches_trained: int
    patches: int


def join_folders(
    vision: str, text: str, out: Path, scale_factor: int = 2, tile: int | None = None, seed: int = 0
) -> Joined:
    """Join a SigLIP encoder and a language model, each a folder or a hub name, to a model in the folder `out`.

    `tile` is the side of a tile in pixels; the encoder's own, or the next smaller that fits, where it is None.
    Raises `OctavoError` for folders that hold no such model, and for parts that do not fit each other.
    """
    encoder, decoder = load_encoder(vision), load_decoder(text)
    extended = extend_tokenizer(model_folder(text))
    trained = encoder.model.config
    side = tile or tile_for(trained, scale_factor)
    image_config = ImageConfig(longest_edge=TILES_OF_LONGEST_EDGE * side, tile_size=side)
    tokens_per_tile = (side // trained.patch_size // scale_factor) ** 2
    processor = Processor(extended.tokenizer, image_config, tokens_per_tile, TEMPLATE, extended.named_tokens)
    config = joined_config(
        trained,
        decoder.model.config,
        vocab_size=processor.vocab_size,
        image_token_id=processor.image_token_id,
        end_token_id=processor.end_token_id,
        pad_token_id=processor.pad_token_id,
        scale_factor=scale_factor,
        tile=side,
    )
    model = join(encoder.model, decoder.model, config, extended.first_new, seed)
    with written_whole(out) as aside:
        aside.mkdir()
        save_model(model, aside)
        processor.save_pretrained(aside)
    sizes = [sum(p.numel() for p in part.parameters()) for part in (encoder.model, model.model.connector)]
    return Joined(
        vision=sizes[0],
        connector=sizes[1],
        text=sum(p.numel() for p in model.parameters()) - sum(sizes),
        tokens_per_tile=tokens_per_tile,
        vocabulary=config.text.vocab_size,
        new_rows=config.text.vocab_size - extended.first_new,
        left_out=len(encoder.left_out) + len(decoder.left_out),
        patches_trained=trained.patches_per_side,
        patches=config.vision.patches_per_side,
    )
