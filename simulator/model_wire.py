"""How an answer travels: OpenAI's response bodies, its stream of chunks and its errors."""

import json
import re
import secrets
import time
from collections.abc import Iterator

from fastapi.responses import JSONResponse

from simulator.model_chat import Answer, ChatRequest, Json


class ModelError(Exception):
    """A request that OpenAI would refuse."""

    def __init__(self, status: int, message: str, *, param: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.param = param

    def response(self) -> JSONResponse:
        kind = "authentication_error" if self.status == 401 else "invalid_request_error"
        code = "invalid_api_key" if self.status == 401 else None
        error = {"message": self.message, "type": kind, "param": self.param, "code": code}
        return JSONResponse({"error": error}, status_code=self.status)


def completion(request: ChatRequest, answer: Answer) -> Json:
    """The whole answer at once."""
    message: Json = {"role": "assistant", "content": answer.text or None, "refusal": None}
    if answer.tools:
        message["tool_calls"] = _tool_calls(answer)
    choice = {"index": 0, "message": message, "finish_reason": _reason(answer), "logprobs": None}
    return _envelope(request, "chat.completion") | {
        "choices": [choice],
        "usage": _usage(request, answer),
    }


def chunks(request: ChatRequest, answer: Answer) -> Iterator[str]:
    """The same answer as server-sent events, word by word."""
    envelope = _envelope(request, "chat.completion.chunk")

    def event(delta: Json, reason: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": reason, "logprobs": None}
        return _event(envelope | {"choices": [choice]})

    yield event({"role": "assistant", "content": ""})
    for piece in re.findall(r"\s*\S+|\s+$", answer.text):
        yield event({"content": piece})
    for index, call in enumerate(_tool_calls(answer)):
        yield event({"tool_calls": [{"index": index, **call}]})
    yield event({}, _reason(answer))
    if request.stream_options is not None and request.stream_options.include_usage:
        yield _event(envelope | {"choices": [], "usage": _usage(request, answer)})
    yield "data: [DONE]\n\n"


def tokens(text: str) -> int:
    """About as many tokens as a real model would count."""
    return -(-len(text) // 4)


def _envelope(request: ChatRequest, kind: str) -> Json:
    return {
        "id": "chatcmpl-" + secrets.token_hex(12),
        "object": kind,
        "created": int(time.time()),
        "model": request.model,
        "service_tier": "default",
        "system_fingerprint": "fp_simulated",
    }


def _tool_calls(answer: Answer) -> list[Json]:
    return [
        {
            "id": "call_" + secrets.token_hex(12),
            "type": "function",
            "function": {"name": call.name, "arguments": json.dumps(call.arguments)},
        }
        for call in answer.tools
    ]


def _reason(answer: Answer) -> str:
    return "tool_calls" if answer.tools else "stop"


def _usage(request: ChatRequest, answer: Answer) -> Json:
    prompt = sum(tokens(message.text) + 4 for message in request.messages)
    said = tokens(answer.text) + sum(tokens(json.dumps(call.arguments)) for call in answer.tools)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": said,
        "total_tokens": prompt + said,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
    }


def _event(body: Json) -> str:
    return f"data: {json.dumps(body)}\n\n"
