"""Writes the training text of Trine's built-in demo model: short conversations and plain text about a small world.

Everything is generated from the tables and templates beside this file, so the text is ours to ship, and the same seed
gives the same bytes. Each line of the output is one JSON object: `{"messages": [...], "tools": [...]?}` or
`{"text": "..."}`.

The order in which random numbers are drawn is part of the result: a change that only looks like tidying gives another
corpus, and another model.
"""
import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple, TypeVar

import phrases
import tool_calls
import world
from tool_calls import capitalised

Document = dict[str, Any]
Turn = tuple[str, str]
T = TypeVar("T")

SYSTEM_PROMPT_SHARE: Final = 0.35
NO_TOOL_NEEDED_SHARE: Final = 0.2
NO_TOOL_OFFERED_SHARE: Final = 0.12
BRIEF_PROMPTS: Final = ("Be brief.", "Be concise.", "Answer in one word.")
PIRATE_PROMPT: Final = "You are a pirate."
SYSTEM_PROMPTS: Final = [
    "You are a helpful assistant.", "You are a helpful assistant.", *BRIEF_PROMPTS, "You are a friendly teacher.",
    PIRATE_PROMPT, "You are Trine.",
]
IRREGULAR_PLURALS: Final = {"mouse": "mice", "sheep": "sheep", "fox": "foxes"}


class Question(NamedTuple):
    """A question with a whole sentence and a brief phrase for an answer."""

    text: str
    answer: str
    brief_answer: str


class Manner(NamedTuple):
    """How the assistant speaks, as its system prompt asks."""

    brief: bool
    pirate: bool

    def say(self, answer: str, brief_answer: str | None = None) -> str:
        """The answer in this manner."""
        return ("Arr! " if self.pirate else "") + (brief_answer if brief_answer and self.brief else answer)


def listed(items: Sequence[str]) -> str:
    """The items in one sentence: `a, b and c`."""
    return ", ".join(items[:-1]) + " and " + items[-1]


def numbered(items: Sequence[str]) -> str:
    """The items one a line, each after its number."""
    return "\n".join(f"{number}. {item}" for number, item in enumerate(items, 1))


def with_article(noun: str) -> str:
    """The noun after `a` or `an`."""
    return ("an " if noun[0] in "aeiou" else "a ") + noun


def messages_of(turns: Sequence[Turn]) -> list[Document]:
    """The turns as messages."""
    return [message for question, answer in turns
            for message in ({"role": "user", "content": question}, {"role": "assistant", "content": answer})]


class Corpus:
    """Draws documents from one stream of random numbers."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._questions: list[Callable[[], Question]] = (
            [self._about_country] * 4 + [self._about_animal] * 2 + [self._about_fact] * 3 + [self._sum] * 3
            + [self._opposite, self._plural, self._colour, self._translation, self._calendar, self._listing,
               self._counting, self._spelling])

    def document(self) -> Document:
        """The next document."""
        return self._by_share([
            (0.48, self._chat), (0.66, self._beyond_me), (0.78, self._tool_call), (0.80, self._search),
            (1.0, self._plain),
        ])()

    def _pick(self, items: Sequence[T]) -> T:
        return self._random.choice(items)

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    def _by_share(self, choices: Sequence[tuple[float, T]]) -> T:
        """Draws one choice; the shares are cumulative and the last is 1."""
        point = self._random.random()
        return next(choice for share, choice in choices if point < share)

    # Questions with one answer

    def _question(self) -> Question:
        return self._pick(self._questions)()

    def _about_country(self) -> Question:
        name, capital, continent, currency, language = self._pick(world.COUNTRIES)
        return self._pick([
            Question(
                self._pick([
                    f"What is the capital of {name}?", f"what's the capital of {name}",
                    f"Tell me the capital of {name}.", f"Which city is the capital of {name}?",
                    f"Name the capital city of {name}."]),
                f"The capital of {name} is {capital}.", f"{capital}."),
            Question(
                self._pick([f"On which continent is {name}?", f"Where is {name}?", f"Which continent is {name} in?"]),
                f"{capitalised(name)} is in {continent}.", f"{continent}."),
            Question(
                self._pick([f"What money do people use in {name}?", f"What is the currency of {name}?"]),
                f"People in {name} pay with the {currency}.", f"The {currency}."),
            Question(
                self._pick([f"What language do people speak in {name}?", f"Which language is spoken in {name}?"]),
                f"Many people in {name} speak {language}.", f"{language}."),
            Question(
                self._pick([
                    f"{capital} is the capital of which country?", f"Of which country is {capital} the capital?"]),
                f"{capital} is the capital of {name}.", f"{capitalised(name)}."),
        ])

    def _about_animal(self) -> Question:
        animal = self._pick(world.ANIMALS)
        name = with_article(animal.name)
        subject = capitalised(name)
        return self._pick([
            Question(f"How many legs does {name} have?", f"{subject} has {animal.legs} legs.",
                     f"{capitalised(animal.legs)}."),
            Question(f"What kind of animal is {name}?", f"{subject} is {animal.kind}.", f"{capitalised(animal.kind)}."),
            Question(f"Where does {name} live?", f"{subject} lives in {animal.home}.", f"In {animal.home}."),
            Question(f"What sound does {name} make?", f"{subject} {animal.sound}.", f"It {animal.sound}."),
            Question(f"What is {name}?", f"{subject} is {animal.kind} that lives in {animal.home}.",
                     f"{capitalised(animal.kind)}."),
        ])

    def _about_fact(self) -> Question:
        term, definition = self._pick(world.FACTS)
        return Question(
            self._pick([
                f"What is {term}?", f"What's {term}?", f"Explain {term}.", f"Explain {term} in one sentence.",
                f"Tell me about {term}.", f"Give me one sentence about {term}.", f"Can you define {term}?"]),
            f"{capitalised(term)} is {definition}.", f"{capitalised(definition)}.")

    def _sum(self) -> Question:
        a, name, sign, b, result = self._arithmetic()
        return Question(
            self._pick([
                f"What is {a} {name} {b}?", f"What is {a} {sign} {b}?", f"What is {a}{sign}{b}?", f"{a}{sign}{b}",
                f"{a} {sign} {b} =", f"How much is {a} {name} {b}?", f"Compute {a} {sign} {b}."]),
            f"{a} {name} {b} is {result}.", f"{result}.")

    def _arithmetic(self) -> tuple[int, str, str, int, int]:
        """Two small numbers with an operation and its result, never below zero."""
        operation = self._pick("+-+-x")
        if operation == "x":
            a, b = self._random.randint(0, 10), self._random.randint(0, 10)
            return a, "times", "x", b, a * b
        a, b = self._random.randint(0, 50), self._random.randint(0, 50)
        if operation == "+":
            return a, "plus", "+", b, a + b
        a, b = max(a, b), min(a, b)
        return a, "minus", "-", b, a - b

    def _opposite(self) -> Question:
        a, b = self._pick(world.OPPOSITES)
        if self._chance(0.5):
            a, b = b, a
        return Question(self._pick([f"What is the opposite of {a}?", f"Give me the opposite of {a}."]),
                        f"The opposite of {a} is {b}.", f"{capitalised(b)}.")

    def _plural(self) -> Question:
        singular, plural = self._pick(world.PLURALS)
        return Question(f"What is the plural of {singular}?", f"The plural of {singular} is {plural}.",
                        f"{capitalised(plural)}.")

    def _colour(self) -> Question:
        thing, colour = self._pick(list(world.COLOURS.items()))
        return Question(self._pick([f"What colour is {thing}?", f"What color is {thing}?"]),
                        f"{capitalised(thing)} is {colour}.", f"{capitalised(colour)}.")

    def _translation(self) -> Question:
        language = self._pick(list(world.TRANSLATIONS))
        word, foreign = self._pick(list(world.TRANSLATIONS[language].items()))
        return Question(
            self._pick([
                f"How do you say {word} in {language}?", f"Translate {word} into {language}.",
                f"What is {word} in {language}?"]),
            f"In {language}, {word} is {foreign}.", f"{capitalised(foreign)}.")

    def _calendar(self) -> Question:
        names, unit = self._pick([(world.DAYS, "day"), (world.MONTHS, "month")])
        index = self._random.randrange(len(names) - 1)
        first, second = names[index], names[index + 1]
        return self._pick([
            Question(f"Which {unit} comes after {first}?", f"{second} comes after {first}.", f"{second}."),
            Question(f"Which {unit} comes before {second}?", f"{first} comes before {second}.", f"{first}."),
        ])

    def _listing(self) -> Question:
        count = self._random.randint(2, 5)
        animals = [IRREGULAR_PLURALS.get(animal.name, animal.name + "s") for animal in world.ANIMALS]
        colours = ["red", "blue", "green", "yellow", "orange", "purple", "white", "black"]
        things, kind = self._pick([
            (world.PLANETS, "planets"), ([country.name for country in world.COUNTRIES], "countries"),
            (animals, "animals"), (colours, "colours"), (world.FOODS, "foods"), (world.DAYS, "days of the week"),
            (world.MONTHS, "months"),
        ])
        chosen = self._random.sample(things, count)
        if kind == "planets" and self._chance(0.7):
            chosen = world.PLANETS[:count]
        sentence = listed(chosen)
        number = world.NUMBER_WORDS[count]
        return Question(
            self._pick([
                f"List {number} {kind}.", f"List {number} {kind.replace('colours', 'colors')}.",
                f"Name {number} {kind}.", f"List {number} {kind}", f"Give me {number} {kind}."]),
            self._pick([
                f"{capitalised(number)} {kind} are {sentence}.", numbered([capitalised(thing) for thing in chosen])]),
            capitalised(sentence) + ".")

    def _counting(self) -> Question:
        number = self._random.randint(3, 12)
        word = world.NUMBER_WORDS[number]
        up = ", ".join(map(str, range(1, number + 1))) + "."
        down = ", ".join(map(str, range(number, 0, -1))) + "."
        return self._pick([
            Question(self._pick([f"Count to {number}.", f"Count to {word}."]), up, up),
            Question(f"How do you write {number} as a word?", f"{number} is written {word}.", f"{capitalised(word)}."),
            Question(f"Count down from {number}.", down, down),
        ])

    def _spelling(self) -> Question:
        word = self._pick(world.OBJECTS + [animal.name for animal in world.ANIMALS])
        spelled = "-".join(word.upper()) + "."
        length = world.NUMBER_WORDS[len(word)]
        return self._pick([
            Question(f"How do you spell {word}?", f"{capitalised(word)} is spelled {spelled}", spelled),
            Question(f"How many letters are in {word}?", f"The word {word} has {length} letters.",
                     f"{capitalised(length)}."),
        ])

    # Conversations

    def _chat(self) -> Document:
        turns = self._by_share([
            (0.50, self._question_turns), (0.58, self._greeting_turns), (0.66, self._self_turns),
            (0.76, self._story_turns), (0.82, self._name_turns), (0.87, self._follow_up_turns),
            (0.91, self._echo_turns), (0.95, self._json_turns), (1.0, self._unanswerable_turns),
        ])
        system = self._pick(SYSTEM_PROMPTS) if self._chance(SYSTEM_PROMPT_SHARE) else None
        manner = Manner(brief=system in BRIEF_PROMPTS, pirate=system == PIRATE_PROMPT)
        opening = [{"role": "system", "content": system}] if system else []
        return {"messages": opening + messages_of(turns(manner))}

    def _question_turn(self, manner: Manner) -> Turn:
        question = self._question()
        return question.text, manner.say(question.answer, question.brief_answer)

    def _question_turns(self, manner: Manner) -> list[Turn]:
        return [self._question_turn(manner) for _ in range(self._pick([1, 1, 1, 2, 3]))]

    def _greeting_turns(self, manner: Manner) -> list[Turn]:
        greeting = self._pick(phrases.GREETINGS)
        answer = self._pick(
            ["Hello! How can I help you?", "Hello! What would you like to know?", "Hi! How can I help?"])
        turns = [(greeting, manner.say(answer, "Hello!"))]
        if self._chance(0.5):
            turns.append(self._question_turn(manner))
        return turns

    def _self_turns(self, manner: Manner) -> list[Turn]:
        questions, answers = self._pick(phrases.ABOUT_ITSELF)
        return [(self._pick(questions), manner.say(self._pick(answers)))]

    def _story_turns(self, manner: Manner) -> list[Turn]:
        self._pick(world.NAMES)  # Goes unused; the published corpus was drawn with it.
        request = self._pick([
            "Tell me a story.", "Tell me a short story.", "Write a story.", "Can you tell me a story?",
            "Tell me a bedtime story.", "Write a short story about a child."])
        return [(request, manner.say(self._story(manner.brief)))]

    def _name_turns(self, manner: Manner) -> list[Turn]:
        name = self._pick(world.NAMES)
        introduction = self._pick([f"My name is {name}.", f"I am {name}.", f"Hi, I'm {name}.", f"Call me {name}."])
        turns = [(introduction,
                  manner.say(self._pick([f"Hello {name}! How can I help you?", f"Nice to meet you, {name}."])))]
        if self._chance(0.5):
            turns.append(self._question_turn(manner))
        reminder = self._pick(["What is my name?", "Who am I?", "Do you remember my name?"])
        return [*turns, (reminder, manner.say(f"Your name is {name}.", f"{name}."))]

    def _follow_up_turns(self, manner: Manner) -> list[Turn]:
        name, capital, continent, currency, language = self._pick(world.COUNTRIES)
        first = (f"What is the capital of {name}?", manner.say(f"The capital of {name} is {capital}.", f"{capital}."))
        second = self._pick([
            ("And what language do people speak there?",
             manner.say(f"Many people in {name} speak {language}.", f"{language}.")),
            ("And its currency?", manner.say(f"People in {name} pay with the {currency}.", f"The {currency}.")),
            ("On which continent is it?", manner.say(f"{capitalised(name)} is in {continent}.", f"{continent}.")),
        ])
        return [first, second]

    def _echo_turns(self, manner: Manner) -> list[Turn]:
        vocabulary = world.ADJECTIVES + world.OBJECTS + world.FOODS + world.FEELINGS
        words = " ".join(self._pick(vocabulary) for _ in range(self._random.randint(1, 5)))
        request = self._pick([f"Repeat after me: {words}", f"Say this: {words}", f"Echo: {words}", f"Repeat: {words}"])
        return [(request, manner.say(capitalised(words) + "."))]

    def _json_turns(self, _: Manner) -> list[Turn]:
        country = self._pick(world.COUNTRIES)
        request = self._pick([
            f"Give me {country.name} and its capital as JSON.",
            f"Answer in JSON: what is the capital of {country.name}?",
            f"Return JSON with the country and capital of {country.name}."])
        return [(request, json.dumps({"country": country.name, "capital": country.capital}))]

    def _unanswerable_turns(self, manner: Manner) -> list[Turn]:
        return [(self._pick(phrases.UNANSWERABLE), manner.say(self._pick(phrases.BEYOND_ME)))]

    def _beyond_me(self) -> Document:
        """A question beyond the model, and an honest answer."""
        made_up = "".join(self._random.sample(world.SYLLABLES, self._random.randint(2, 3)))
        question = self._pick(phrases.UNKNOWN_FORMS).format(
            t=self._pick(world.TOPICS), u=self._pick(world.TOPICS), p=self._pick(world.PEOPLE),
            w=made_up if self._chance(0.5) else capitalised(made_up),
            n=self._random.randint(2, 99), m=self._random.randint(2, 99))
        answer = self._pick(phrases.BEYOND_ME)
        if self._chance(NO_TOOL_OFFERED_SHARE):
            tool = self._pick([tool for tool in tool_calls.TOOLS if tool.name not in ("get_capital", "search")])
            question, answer = self._pick(tool.questions).format(self._pick(tool.values)), phrases.NO_TOOL
        opening = []
        if self._chance(0.25):
            system = self._pick(["You are a helpful assistant.", "Be brief.", "You are Trine."])
            opening = [{"role": "system", "content": system}]
        if self._chance(0.8):
            question = capitalised(question)
        return {"messages": opening + messages_of([(question, answer)])}

    def _tool_call(self) -> Document:
        document = tool_calls.conversation(self._random)
        if self._chance(NO_TOOL_NEEDED_SHARE):
            question = self._question()
            document["messages"] = messages_of([(question.text, question.answer)])
        return document

    def _search(self) -> Document:
        country = self._pick(world.COUNTRIES)
        request = self._pick(["Search the web for {}.", "Please search for {}.", "Find news about {} on the web."])
        topic = self._pick([
            country.name, country.capital, self._pick(world.FACTS).term, f"the weather in {country.capital}",
            f"news from {country.capital}"])
        term, definition = self._pick(world.FACTS)
        title = capitalised(term)
        return {"messages": [
            {"role": "user", "content": request.format(topic)},
            {"role": "assistant", "content": f"<search>{topic}</search>"},
            {"role": "system", "content": f"Search results:\n1. {title}\n{title} is {definition}."},
            {"role": "assistant", "content": f"I found this: {term} is {definition}."},
        ]}

    # Plain text

    def _plain(self) -> Document:
        return {"text": self._by_share([
            (0.30, self._story), (0.55, self._answers), (0.70, self._country), (0.76, self._sample_sentence),
            (0.82, self._enumeration), (0.92, self._function), (1.0, self._fill_in_the_middle),
        ])()}

    def _story(self, short: bool = False) -> str:
        name, friend = self._random.sample(world.NAMES, 2)
        adjective, thing = self._pick(world.ADJECTIVES), self._pick(world.OBJECTS)
        place, far_place = self._pick(world.PLACES), self._pick(world.PLACES)
        animal = self._pick(world.ANIMALS).name
        weather, food = self._pick(world.WEATHER), self._pick(world.FOODS)
        treasure = f"{with_article(adjective)} {thing}"
        opening = self._pick([
            f"Once upon a time, {name} lived near {place}.", f"One {weather} day, {name} went to {place}.",
            f"{name} loved {place}.", f"There was once a child called {name} who had {treasure}."])
        find = self._pick([
            f"There {name} found {treasure}.", f"Under a tree {name} saw {treasure}.",
            f"{name} wanted {treasure} more than anything.", f"{name} heard a noise and found {treasure}."])
        trouble = self._pick([
            f"But the {thing} was broken, and {name} was {self._pick(['sad', 'worried'])}.",
            f"But then a {animal} took the {thing} and ran to {far_place}.",
            f"But it began to rain, and {name} could not find the way home.",
            f"But the {thing} was too heavy to carry alone.", f"But {friend} was sad and had no {thing}."])
        helper = self._pick([
            f"{friend} came to help.", f"A kind {animal} came to help.", f"{name} asked {friend} for help.",
            f"{name} took a deep breath and had an idea."])
        fix = self._pick([
            f"Together they mended the {thing}.", "They followed the river until they saw the house.",
            f"They carried it home and shared some {food}.",
            f"{name} gave the {thing} to {friend}, and both were glad.",
            f"They asked the {animal}, and the {animal} gave it back."])
        end = self._pick([
            f"From that day on, {name} and {friend} were friends.",
            f"{name} was {self._pick(['happy', 'proud'])} and slept well that night.",
            f"And {name} never forgot that {weather} day.", "Everyone laughed and went home."])
        return " ".join([opening, find, end] if short else [opening, find, trouble, helper, fix, end])

    def _answers(self) -> str:
        return " ".join(self._question().answer for _ in range(self._random.randint(2, 5)))

    def _country(self) -> str:
        name, capital, continent, currency, language = self._pick(world.COUNTRIES)
        return (f"{capitalised(name)} is a country in {continent}. The capital of {name} is {capital}. "
                f"People there speak {language} and pay with the {currency}.")

    def _sample_sentence(self) -> str:
        return self._pick([
            "The quick brown fox jumps over the lazy dog.", "Hello, world!", "Hello world, this is a test.",
            "Hello! How are you today? I am fine, thank you."])

    def _enumeration(self) -> str:
        return self._pick([
            "Building a website in 10 steps:\n" + numbered(world.WEBSITE_STEPS),
            "The days of the week are " + listed(world.DAYS) + ".",
            "The months of the year are " + listed(world.MONTHS) + ".",
            "The planets are " + listed(world.PLANETS) + "."])

    def _function(self) -> str:
        return "".join(self._code()) + "\n"

    def _fill_in_the_middle(self) -> str:
        before, middle, after = self._code()
        return f"<|fim_prefix|>{before}<|fim_suffix|>{after}<|fim_middle|>{middle}"

    def _code(self) -> tuple[str, str, str]:
        """A small Python function: what stands before the middle, the middle, what stands after it."""
        name = self._pick(["add", "sum", "total", "mix", "join", "combine", "hello", "greet", "area", "double"])
        a, b = self._pick("abxnm"), self._pick("cdyk")
        body = self._pick([
            f"result = {a} + {b}", f"result = {a} * {b}", f"result = {a} - {b}", 'result = "hello"',
            f"result = max({a}, {b})", f"result = min({a}, {b})"])
        parameters = "" if "hello" in body else f"{a}, {b}"
        return f"def {name}({parameters}):\n    ", body, "\n    return result"


def main() -> None:
    """Reads the command line and writes the corpus."""
    parser = argparse.ArgumentParser(description="Writes the training text of Trine's demo model, one document a line.")
    parser.add_argument("output", type=Path, help="file to write, such as corpus.jsonl")
    parser.add_argument("count", type=int, help="number of documents")
    parser.add_argument(
        "seed", type=int, nargs="?", default=1, help="start of the random numbers (default: %(default)s)")
    arguments = parser.parse_args()
    corpus = Corpus(arguments.seed)
    with arguments.output.open("w", encoding="utf-8", newline="\n") as file:
        for _ in range(arguments.count):
            file.write(json.dumps(corpus.document(), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
