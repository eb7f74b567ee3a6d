"""The child process in which llama.cpp opens exported files: a fault there aborts the process.

Takes the paths of the two files and the tokens of context as arguments, the key from the environment, and writes
the address it listens on as one line. It ends when standard input is closed, so it does not outlive its parent.
"""

import os
import sys

KEY, MARKER = "OCTAVO_LLAMA_KEY", "LLAMA_MEDIA_MARKER"


def main(model: str, mmproj: str, context: str) -> None:
    """Serve the files on a loopback port until standard input ends."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path, params.mmproj.path = model, mmproj
    params.hostnames, params.port = ["127.0.0.1"], 0
    params.api_keys = [os.environ.pop(KEY)]  # without a key any page in a browser could ask this port
    params.ui = False
    params.n_parallel = 1
    params.n_ctx = int(context)
    params.n_gpu_layers = 0
    params.fit_params = False
    params.warmup = False
    # As exact as llama.cpp computes: neither half precision in the cache nor flash attention's order of sums.
    params.cache_type_k = params.cache_type_v = xllamacpp.ggml_type.GGML_TYPE_F32
    params.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = os.cpu_count() or 1
    params.cpuparams.poll = params.cpuparams_batch.poll = 0  # by default its threads spin while they wait
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    sys.stdin.buffer.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
