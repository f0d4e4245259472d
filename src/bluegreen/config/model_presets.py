"""The calls of servers that load and unload models while they run: data, so that another server is one more entry.

Where they are described: vLLM, `vllm/entrypoints/openai/models/serving.py` (LoRA adapters; started with
``--enable-lora`` and ``VLLM_ALLOW_RUNTIME_LORA_UPDATING=True``); Triton's model repository extension (started with
``--model-control-mode=explicit``); Ollama, `docs/api.md`; llama.cpp's server as a router (started without a model),
`tools/server/README.md`; TGI, which loads its adapters (``LORA_ADAPTERS``) when it starts, and never later. ``http`` is
for servers of one's own.
"""

from __future__ import annotations

from collections.abc import Mapping

Calls = Mapping[str, str]
"""Any of ``load``, ``unload`` and ``probe``, as a file writes them."""

PRESETS: Mapping[str, Calls] = {
    "vllm": {
        "load": 'POST /v1/load_lora_adapter {"lora_name": "{name}", "lora_path": "{source}"}',
        "unload": 'POST /v1/unload_lora_adapter {"lora_name": "{name}"}',
        "probe": 'POST /v1/completions {"model": "{name}", "prompt": "a", "max_tokens": 1}',
    },
    "triton": {
        "load": "POST /v2/repository/models/{name}/load",
        "unload": "POST /v2/repository/models/{name}/unload",
        "probe": "GET /v2/models/{name}/ready",
    },
    "ollama": {
        "load": 'POST /api/pull {"model": "{name}", "stream": false}',
        "unload": 'DELETE /api/delete {"model": "{name}"}',
        "probe": 'POST /v1/completions {"model": "{name}", "prompt": "a", "max_tokens": 1}',
    },
    "llama.cpp": {
        "load": 'POST /models/load {"model": "{name}"}',
        "unload": 'POST /models/unload {"model": "{name}"}',
        "probe": 'POST /v1/completions {"model": "{name}", "prompt": "a", "max_tokens": 1}',
    },
    "tgi": {
        "probe": 'POST /generate {"inputs": "a", "parameters": {"adapter_id": "{name}", "max_new_tokens": 1}}',
    },
    "http": {
        "load": 'PUT /models/{name} {"source": "{source}"}',
        "unload": "DELETE /models/{name}",
        "probe": "GET /models/{name}",
    },
}

OPENAI_PROBE = (
    'POST /v1/chat/completions {"model": "{name}", "messages": [{"role": "user", "content": "a"}], "max_tokens": 1}'
)
"""What proves a revision where the file says nothing of it: one token of the OpenAI API's chat."""
