"""Tools that the demo model learns to call: their schemas, questions for them, results and answers."""
import json
from collections.abc import Callable
from random import Random
from typing import Any, Final, NamedTuple

from world import COUNTRIES, FACTS, NAMES, SYLLABLES, WEATHER

Result = dict[str, Any]

UNSEEN_NAME_SHARE: Final = 0.35
UNSEEN_ARGUMENT_SHARE: Final = 0.2
DESCRIBED_ARGUMENT_SHARE: Final = 0.5
SECOND_TOOL_SHARE: Final = 0.4
ANSWERED_SHARE: Final = 0.6
LONGEST_TIMER_MINUTES: Final = 59


def capitalised(text: str) -> str:
    """`text` with its first letter in upper case and the rest as it was."""
    return text[0].upper() + text[1:]


class Tool(NamedTuple):
    """A tool with one argument.

    `questions` have one `{}` for the argument's value; `answer` may name `{value}`, `{Value}` (capitalised) and the
    keys of the result.
    """

    name: str
    description: str
    argument: str
    argument_description: str
    values: list[str]
    questions: list[str]
    run: Callable[[Random, str], Result]
    answer: str


def _weather(random: Random, _: str) -> Result:
    return {"temperature": random.randint(-5, 35), "condition": random.choice(WEATHER)}


def _time(random: Random, _: str) -> Result:
    return {"time": f"{random.randint(0, 23):02d}:{random.randint(0, 59):02d}"}


def _search(random: Random, _: str) -> Result:
    return {"result": random.choice(FACTS).definition}


def _capital(_: Random, country: str) -> Result:
    return {"capital": next(c.capital for c in COUNTRIES if c.name == country)}


def _done(_: Random, __: str) -> Result:
    return {"ok": True}


def _sent(_: Random, __: str) -> Result:
    return {"sent": True}


_CAPITALS: Final = [country.capital for country in COUNTRIES]
_COUNTRY_NAMES: Final = [country.name for country in COUNTRIES]
_TERMS: Final = [fact.term for fact in FACTS]
_MINUTES: Final = [str(minutes) for minutes in range(1, LONGEST_TIMER_MINUTES + 1)]
_DEVICES: Final = ["the lamp", "the heating", "the radio", "the fan", "the oven"]

TOOLS: Final = [
    Tool("get_weather", "Look up current weather", "city", "city name", _CAPITALS,
         ["What is the weather in {}?", "What's the weather like in {}?", "Is it raining in {}?",
          "How is the weather in {} today?"],
         _weather, "It is {condition} in {value}, with {temperature} degrees."),
    Tool("get_time", "Get the current time in a city", "city", "city name", _CAPITALS,
         ["What time is it in {}?", "Tell me the time in {}."],
         _time, "It is {time} in {value}."),
    Tool("play_music", "Play a song", "artist", "who plays", NAMES,
         ["Play something by {}.", "Put on some music by {}."],
         _done, "Playing music by {value}."),
    Tool("search", "Search the web", "query", "search words", _TERMS,
         ["Search for {}.", "Look up {} on the web."],
         _search, "I found this: {result}."),
    Tool("send_message", "Send a message to a person", "to", "name of the person", NAMES,
         ["Send a message to {}.", "Write to {} for me."],
         _sent, "I have sent your message to {value}."),
    Tool("get_capital", "Get the capital of a country", "country", "country name", _COUNTRY_NAMES,
         ["Use the tool to find the capital of {}.", "What is the capital of {}?"],
         _capital, "The capital of {value} is {capital}."),
    Tool("set_timer", "Set a timer", "minutes", "how long", _MINUTES,
         ["Set a timer for {} minutes.", "Wake me in {} minutes."],
         _done, "The timer is set for {value} minutes."),
    Tool("turn_on", "Turn on a device", "device", "device name", _DEVICES,
         ["Turn on {}.", "Please switch on {}."],
         _done, "{Value} is on."),
]


def _schema(name: str, description: str, argument: str, argument_type: str) -> dict[str, Any]:
    """A tool in the form in which clients send it."""
    parameters = {"type": "object", "properties": {argument: {"type": argument_type}}, "required": [argument]}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


def _unseen_name(random: Random, argument: str) -> str:
    """A made-up tool name, which teaches copying from the prompt instead of recalling."""
    if random.random() < 0.5:
        return "_".join("".join(random.sample(SYLLABLES, 2)) for _ in range(random.randint(1, 2)))
    return random.choice(["lookup", "fetch", "find", "query", "check"]) + "_" + argument


def offer(random: Random, tool: Tool) -> tuple[str, str, str, list[dict[str, Any]]]:
    """Offers `tool`, perhaps under other names and beside a second one: name, argument, argument type, schemas."""
    name, argument = tool.name, tool.argument
    if random.random() < UNSEEN_NAME_SHARE:
        name = _unseen_name(random, argument)
    if random.random() < UNSEEN_ARGUMENT_SHARE:
        argument = random.choice(["name", "value", "place", "q", "input", "text", "location"])
    argument_type = "integer" if name == "set_timer" else "string"
    schema = _schema(name, tool.description, argument, argument_type)
    if random.random() < DESCRIBED_ARGUMENT_SHARE:
        schema["function"]["parameters"]["properties"][argument]["description"] = tool.argument_description
    schemas = [schema]
    if random.random() < SECOND_TOOL_SHARE:
        other = random.choice([t for t in TOOLS if t.description != tool.description])
        schemas.append(_schema(other.name, other.description, other.argument, "string"))
        random.shuffle(schemas)
    return name, argument, argument_type, schemas


def conversation(random: Random) -> dict[str, Any]:
    """A question, the call that answers it and, mostly, the result and the answer."""
    tool = random.choice(TOOLS)
    name, argument, argument_type, schemas = offer(random, tool)
    value = random.choice(tool.values)
    arguments = {argument: int(value) if argument_type == "integer" else value}
    messages: list[dict[str, Any]] = [
        {"role": "user", "content": random.choice(tool.questions).format(value)},
        {"role": "assistant", "tool_calls": [{"name": name, "arguments": arguments}]},
    ]
    if random.random() < ANSWERED_SHARE:
        result = tool.run(random, value)
        answer = tool.answer.format(value=value, Value=capitalised(value), **result)
        messages += [{"role": "tool", "content": json.dumps(result)}, {"role": "assistant", "content": answer}]
    return {"messages": messages, "tools": schemas}
