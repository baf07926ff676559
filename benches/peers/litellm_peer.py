"""Times LiteLLM's conversion of Chat Completions bodies to Messages, from bytes to bytes."""

import importlib.metadata
import json
import pathlib
import statistics
import sys
import time

from litellm.llms.anthropic.chat.transformation import AnthropicConfig

CONFIG = AnthropicConfig()
MODEL = "claude-haiku-4-5"


def convert(body):
    request = json.loads(body)
    messages = request.pop("messages")
    request.pop("model")
    options = CONFIG.map_openai_params(
        non_default_params=request, optional_params={}, model=MODEL, drop_params=True
    )
    converted = CONFIG.transform_request(
        model=MODEL, messages=messages, optional_params=options, litellm_params={}, headers={}
    )
    return json.dumps(converted).encode()


def measure(body, rounds=40):
    """Best and median of the rounds, in microseconds of the processor: others may load the machine."""
    assert json.loads(convert(body))["messages"], "nothing was converted"
    times = [timed(body, 1) for _ in range(5)]
    runs = max(1, int(2_000 / min(times)))
    times = [timed(body, runs) for _ in range(rounds)]
    return [min(times), statistics.median(times)]


def timed(body, runs):
    start = time.process_time_ns()
    for _ in range(runs):
        convert(body)
    return (time.process_time_ns() - start) / 1_000 / runs


def main():
    files = sorted(pathlib.Path(sys.argv[1]).glob("*.chat.json"))
    cases = {file.name.partition(".")[0]: measure(file.read_bytes()) for file in files}
    print(json.dumps({"name": f"LiteLLM {importlib.metadata.version('litellm')}", "cases": cases}))


if __name__ == "__main__":
    main()
