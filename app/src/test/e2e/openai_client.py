"""Drives a running server with the real OpenAI client and prints what it saw as one JSON object.

Usage: python openai_client.py BASE_URL MODEL
"""
import json
import sys

import openai

base_url, model = sys.argv[1:]
client = openai.OpenAI(base_url=base_url, api_key="unused", max_retries=0)
seen = {}


def failure(request):
    """What a request that must fail fails with."""
    try:
        request()
    except openai.APIStatusError as error:
        return {
            "name": type(error).__name__,
            "status": error.status_code,
            "code": error.code,
            "param": error.param,
            "type": error.type,
        }
    return {"name": "no error"}


seen["models"] = [entry.id for entry in client.models.list().data]
seen["model"] = client.models.retrieve(model).id

question = [{"role": "user", "content": "What is the capital of France?"}]
answer = client.chat.completions.create(model=model, messages=question, temperature=0)
seen["text"] = answer.choices[0].message.content
seen["role"] = answer.choices[0].message.role
seen["finishReason"] = answer.choices[0].finish_reason
seen["usage"] = answer.usage.model_dump()

seen["streamed"] = ""
seen["deltas"] = 0
stream = client.chat.completions.create(
    model=model, messages=question, temperature=0, stream=True, stream_options={"include_usage": True}
)
for chunk in stream:
    if chunk.choices and chunk.choices[0].delta.content:
        seen["streamed"] += chunk.choices[0].delta.content
        seen["deltas"] += 1
    if chunk.choices and chunk.choices[0].finish_reason:
        seen["streamedFinishReason"] = chunk.choices[0].finish_reason
    if chunk.usage:
        seen["streamedUsage"] = chunk.usage.model_dump()

completion = client.completions.create(model=model, prompt="Once upon a time", max_tokens=8, temperature=0)
seen["completion"] = completion.choices[0].text
seen["completionFinishReason"] = completion.choices[0].finish_reason

seen["wrongModel"] = failure(lambda: client.chat.completions.create(model="no-such-model", messages=question))
seen["missingModel"] = failure(lambda: client.models.retrieve("no-such-model"))
seen["badTemperature"] = failure(
    lambda: client.chat.completions.create(model=model, messages=question, temperature=-1)
)
seen["tooLong"] = failure(
    lambda: client.chat.completions.create(model=model, messages=[{"role": "user", "content": "word " * 5000}])
)

# Leaving a stream early must not harm the next request.
abandoned = client.chat.completions.create(
    model=model, messages=[{"role": "user", "content": "Tell me a story."}], stream=True
)
for chunk in abandoned:
    if chunk.choices and chunk.choices[0].delta.content:
        abandoned.close()
        break
after = client.chat.completions.create(model=model, messages=question, temperature=0)
seen["afterAbort"] = after.choices[0].message.content

print(json.dumps(seen))
