"""Names of weights that are those of no dense layer, though their shapes may chain: refused by what they are.

Sources of the names: PyTorch's modules and torch.nn.utils, Flax's and Keras's layers, transformers, peft,
bitsandbytes.
"""

import re
from collections.abc import Iterable

from ..nn.networks.array_names import array_name
from .errors import UnsupportedModel

AS_ONNX = "torch.onnx.export writes them as ONNX, which converts as a file"
_AT = r"(?:^|[._/])"
_LEAF = r"(?:[._/](?:weight|kernel|bias|w|b))?(?::0)?$"
_OF_OTHER_LAYERS = tuple(
    (re.compile(pattern, re.I), told)
    for pattern, told in (
        (
            rf"{_AT}(?:weight|bias)_(?:ih|hh)(?:_|$)|recurrent_kernel|{_AT}h[fgionrz][._/](?:kernel|bias)$",
            f"got those of a recurrent layer: {AS_ONNX}",
        ),
        (
            r"(?:^|\.)parametrizations\.|(?:^|\.)weight_(?:g|v|u|orig|mask)$",
            "got some that are kept in parts (weight norm, spectral norm, pruning): remove_weight_norm, "
            "remove_parametrizations or prune.remove of torch.nn.utils makes them one",
        ),
        (
            rf"{_AT}(?:running_(?:mean|var)|moving_(?:mean|variance))(?::0)?$",
            "got the statistics of a batch normalisation: torch.onnx.export writes it as ONNX, which is read",
        ),
        (
            rf"{_AT}lora_[ab](?:[._/]|$)",
            "got the small factors of LoRA beside them: merge_and_unload of peft makes them one",
        ),
        (
            rf"{_AT}(?:qweight|qzeros|g_idx|absmax|scb|_packed_params)(?:[._/]|$)"
            rf"|{_AT}(?:weight|kernel|input|output)_(?:scales?|scale_inv|zero_points?)(?:[._/]|$)",
            "got quantised ones: the file as it was before that is read",
        ),
        (
            rf"{_AT}(?:(?:\w+_)?attn|(?:\w+_)?attention|in_proj(?:_weight|_bias)?|[qkv]_?proj|to_[qkv]|qkv"
            r"|query)_?\d*(?:[._/]|$)",
            f"got those of attention: {AS_ONNX}",
        ),
        (
            rf"{_AT}(?:gate_proj|up_proj|down_proj|gate_up_proj|wi_[01])(?:[._/]|$)",
            f"got those of a gated layer, whose outputs are multiplied: {AS_ONNX}",
        ),
        (
            rf"{_AT}(?:pe|pos|position(?:s|al)?(?:_(?:ids|encodings?|table))?|pos_(?:enc|encoding|table)"
            rf"|(?:cls|mask)_token|relative_position\w*|rel_pos\w*|inv_freq|(?:cos|sin)_cached){_LEAF}",
            f"got a table of positions: {AS_ONNX}",
        ),
    )
)
_TABLE = re.compile(
    rf"{_AT}(?:(?:\w+_)?(?:emb|embed|embeddings?)_?\d*|wte|wpe)(?:[._/](?:weight|w))?(?::0)?$", re.I
)


def refuse_other_layers(names: Iterable[str]) -> None:
    """Raise `UnsupportedModel` where arrays are named as those of another layer, with the way out."""
    given = tuple(names)
    for pattern, found_instead in _OF_OTHER_LAYERS:
        if any(map(pattern.search, given)):
            raise UnsupportedModel(f"expected the weights of dense layers, {found_instead}")
    parts = [array_name(name) for name in given]
    biased = {one.stem for one in parts if one.is_bias}
    for name, called in zip(given, parts, strict=True):
        # What has a bias is a dense layer, whatever it makes.
        if _TABLE.search(name) and called.stem not in biased:
            raise UnsupportedModel(
                "expected the weights of dense layers, got a table of embeddings, whose rows are looked up "
                f"and not multiplied: {AS_ONNX}"
            )
