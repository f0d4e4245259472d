"""A sentence-embedding model that a test can make: each word has a random direction, a text is their mean."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers

WORDS = "[UNK] it costs 40 90 euros the capital of france is paris a city seven green onions swim in soup".split()  # noqa: SIM905
SIZE = 32


def tiny_model(folder: Path) -> Path:
    """Write ``model.onnx`` and ``tokenizer.json``, with the names of inputs and outputs that real ones have."""
    folder.mkdir(parents=True, exist_ok=True)
    table = np.random.default_rng(7).standard_normal((len(WORDS), SIZE)).astype(np.float32)
    # Numbers are near each other, as in real models.
    table[WORDS.index("90")] = table[WORDS.index("40")] * 0.9
    shape = ["batch", "length"]
    graph = helper.make_graph(
        [helper.make_node("Gather", ["table", "input_ids"], ["last_hidden_state"])],
        "tiny",
        [helper.make_tensor_value_info(name, TensorProto.INT64, shape) for name in ("input_ids", "attention_mask")],
        [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, [*shape, SIZE])],
        [numpy_helper.from_array(table, "table")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, str(folder / "model.onnx"))
    tokenizer = Tokenizer(models.WordLevel({word: index for index, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder
