"""The small world that the demo model learns: countries, animals, facts, and words to fill sentences with.

The order of every table matters: the corpus is drawn by position, so a table that is sorted or extended gives another
corpus for the same seed.
"""
from typing import Final, NamedTuple, TypeVar


class Country(NamedTuple):
    """A country with what people ask about it."""

    name: str
    capital: str
    continent: str
    currency: str
    language: str


class Animal(NamedTuple):
    """An animal; `sound` is a verb, `legs` a number word, `kind` and `home` carry their articles."""

    name: str
    sound: str
    legs: str
    kind: str
    home: str


class Fact(NamedTuple):
    """A thing and what it is."""

    term: str
    definition: str


Row = TypeVar("Row", Country, Animal, Fact)


def _rows(row_type: type[Row], table: str) -> list[Row]:
    """Reads a table with a row a line and columns between bars."""
    return [row_type(*line.split("|")) for line in table.strip().splitlines()]


def _pairs(words: str) -> list[tuple[str, str]]:
    """Reads pairs of words joined by hyphens."""
    return [(first, second) for first, second in (pair.split("-") for pair in words.split())]


def _translations(words: str) -> dict[str, str]:
    """Reads `english=foreign` pairs between bars."""
    return dict(pair.split("=") for pair in words.split("|"))


COUNTRIES: Final = _rows(Country, """
France|Paris|Europe|euro|French
Germany|Berlin|Europe|euro|German
Italy|Rome|Europe|euro|Italian
Spain|Madrid|Europe|euro|Spanish
Portugal|Lisbon|Europe|euro|Portuguese
Ireland|Dublin|Europe|euro|English
Austria|Vienna|Europe|euro|German
Belgium|Brussels|Europe|euro|Dutch
Greece|Athens|Europe|euro|Greek
Finland|Helsinki|Europe|euro|Finnish
Sweden|Stockholm|Europe|krona|Swedish
Norway|Oslo|Europe|krone|Norwegian
Denmark|Copenhagen|Europe|krone|Danish
Iceland|Reykjavik|Europe|krona|Icelandic
Poland|Warsaw|Europe|zloty|Polish
Hungary|Budapest|Europe|forint|Hungarian
Romania|Bucharest|Europe|leu|Romanian
Switzerland|Bern|Europe|franc|German
Ukraine|Kyiv|Europe|hryvnia|Ukrainian
the United Kingdom|London|Europe|pound|English
the Netherlands|Amsterdam|Europe|euro|Dutch
Turkey|Ankara|Asia|lira|Turkish
Japan|Tokyo|Asia|yen|Japanese
China|Beijing|Asia|yuan|Chinese
India|New Delhi|Asia|rupee|Hindi
Nepal|Kathmandu|Asia|rupee|Nepali
Thailand|Bangkok|Asia|baht|Thai
Vietnam|Hanoi|Asia|dong|Vietnamese
Indonesia|Jakarta|Asia|rupiah|Indonesian
South Korea|Seoul|Asia|won|Korean
Mongolia|Ulaanbaatar|Asia|tugrik|Mongolian
Israel|Jerusalem|Asia|shekel|Hebrew
Iran|Tehran|Asia|rial|Persian
Egypt|Cairo|Africa|pound|Arabic
Morocco|Rabat|Africa|dirham|Arabic
Kenya|Nairobi|Africa|shilling|Swahili
Ethiopia|Addis Ababa|Africa|birr|Amharic
Ghana|Accra|Africa|cedi|English
Nigeria|Abuja|Africa|naira|English
Senegal|Dakar|Africa|franc|French
Tunisia|Tunis|Africa|dinar|Arabic
Canada|Ottawa|North America|dollar|English
the United States|Washington|North America|dollar|English
Mexico|Mexico City|North America|peso|Spanish
Cuba|Havana|North America|peso|Spanish
Jamaica|Kingston|North America|dollar|English
Brazil|Brasilia|South America|real|Portuguese
Argentina|Buenos Aires|South America|peso|Spanish
Chile|Santiago|South America|peso|Spanish
Peru|Lima|South America|sol|Spanish
Colombia|Bogota|South America|peso|Spanish
Uruguay|Montevideo|South America|peso|Spanish
Australia|Canberra|Oceania|dollar|English
New Zealand|Wellington|Oceania|dollar|English
Fiji|Suva|Oceania|dollar|English
""")

ANIMALS: Final = _rows(Animal, """
dog|barks|four|a mammal|a house
cat|meows|four|a mammal|a house
cow|moos|four|a mammal|a farm
sheep|bleats|four|a mammal|a farm
horse|neighs|four|a mammal|a stable
pig|oinks|four|a mammal|a farm
lion|roars|four|a mammal|the savanna
wolf|howls|four|a mammal|the forest
fox|yelps|four|a mammal|the forest
bear|growls|four|a mammal|the forest
mouse|squeaks|four|a mammal|a field
duck|quacks|two|a bird|a pond
owl|hoots|two|a bird|the forest
tern|calls|two|a bird|the coast
hen|clucks|two|a bird|a farm
crow|caws|two|a bird|a tree
frog|croaks|four|an amphibian|a pond
bee|buzzes|six|an insect|a hive
ant|is quiet|six|an insect|a nest
spider|is quiet|eight|an arachnid|a web
snake|hisses|no|a reptile|the grass
panda|is quiet|four|a bear species|a bamboo forest
""")

FACTS: Final = _rows(Fact, """
artificial intelligence|the field that builds machines able to do tasks that seem to need thought, such as understanding language
local inference|running a model on your own computer, so that your words never leave it
a language model|a program that predicts the next piece of text from the text before it
a token|a small piece of text, such as a word or a part of a word, that a model reads and writes
a ternary weight|a number that is only minus one, zero or plus one
BitNet|a kind of language model whose weights are ternary, so it is small and fast on a plain CPU
a CPU|the part of a computer that carries out the instructions of programs
a GPU|a chip that does many small calculations at the same time
memory|the place where a computer keeps the data that it is using now
a plugin|a part that adds a feature to a program without changing the program itself
an API|a set of rules that lets one program ask another program to do something
a server|a program that waits for requests and answers them
a client|a program that sends requests to a server
a compiler|a program that turns source code into code that a machine can run
Java|a programming language that runs on the Java virtual machine
a database|a program that keeps data safe and finds it again quickly
an algorithm|a clear list of steps that solves a problem
a bug|a mistake in a program that makes it do the wrong thing
a test|a small program that checks that another program does the right thing
encryption|a way to hide a message so that only the right person can read it
speech recognition|turning spoken words into written text
speech synthesis|turning written text into spoken words
a voice|the sound that a person or a speech model makes when it speaks
a microphone|a device that turns sound into an electric signal
a loudspeaker|a device that turns an electric signal into sound
a search engine|a service that finds pages on the web that match your words
the internet|a network that joins computers all over the world
a browser|a program that shows pages from the web
a file|a named piece of data on a disk
a thread|a line of work inside a program that can run beside others
a cache|a place that keeps results so that they need not be computed twice
gravity|the force that pulls things toward each other
photosynthesis|the way plants make food from light, water and air
an atom|the smallest piece of an element
water|a clear liquid that all living things need
the sun|the star at the centre of our solar system
the moon|the natural satellite that goes around the Earth
a planet|a large round body that goes around a star
a rainbow|an arc of colours that appears when light passes through drops of rain
a volcano|a mountain from which hot rock and ash can come out
a river|a stream of fresh water that flows to the sea
an island|land with water all around it
a desert|a dry place where very little rain falls
a forest|a large place full of trees
a library|a place where people read and borrow books
a poem|a short piece of writing with rhythm and pictures made of words
music|sounds put together so that they are pleasant to hear
a friend|a person whom you know well and like
""")

PLANETS: Final = ["Mercury", "Venus", "Earth", "Mars", "Jupiter", "Saturn", "Uranus", "Neptune"]

DAYS: Final = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

MONTHS: Final = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
]

NUMBER_WORDS: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
).split()

OPPOSITES: Final = _pairs(
    "hot-cold big-small fast-slow up-down day-night light-dark happy-sad open-closed full-empty hard-soft early-late "
    "near-far old-new wet-dry high-low left-right strong-weak rich-poor loud-quiet long-short thick-thin heavy-light "
    "clean-dirty right-wrong begin-end push-pull give-take buy-sell win-lose love-hate"
)

PLURALS: Final = _pairs(
    "cat-cats dog-dogs box-boxes child-children mouse-mice foot-feet tooth-teeth man-men woman-women leaf-leaves "
    "knife-knives city-cities baby-babies fox-foxes book-books tree-trees bus-buses goose-geese"
)

COLOURS: Final = {
    "the sky": "blue", "grass": "green", "snow": "white", "coal": "black", "a lemon": "yellow", "an orange": "orange",
    "blood": "red", "a violet": "purple", "milk": "white", "a ripe tomato": "red", "chocolate": "brown",
    "the sea": "blue",
}

TRANSLATIONS: Final = {
    "French": _translations(
        "hello=bonjour|goodbye=au revoir|thanks=merci|yes=oui|no=non|water=eau|bread=pain|house=maison|cat=chat|"
        "dog=chien|book=livre|day=jour|night=nuit|friend=ami|sun=soleil|moon=lune|tree=arbre|red=rouge|blue=bleu|"
        "one=un|two=deux|three=trois"
    ),
    "Spanish": _translations(
        "hello=hola|goodbye=adiós|thanks=gracias|yes=sí|no=no|water=agua|bread=pan|house=casa|cat=gato|dog=perro|"
        "book=libro|day=día|night=noche|friend=amigo|sun=sol|moon=luna|tree=árbol|red=rojo|blue=azul|one=uno|"
        "two=dos|three=tres"
    ),
    "German": _translations(
        "hello=hallo|goodbye=auf Wiedersehen|thanks=danke|yes=ja|no=nein|water=Wasser|bread=Brot|house=Haus|"
        "cat=Katze|dog=Hund|book=Buch|day=Tag|night=Nacht|friend=Freund|sun=Sonne|moon=Mond|tree=Baum|red=rot|"
        "blue=blau|one=eins|two=zwei|three=drei"
    ),
    "Italian": _translations(
        "hello=ciao|goodbye=arrivederci|thanks=grazie|yes=sì|no=no|water=acqua|bread=pane|house=casa|cat=gatto|"
        "dog=cane|book=libro|day=giorno|night=notte|friend=amico|sun=sole|moon=luna|tree=albero|red=rosso|"
        "blue=blu|one=uno|two=due|three=tre"
    ),
}

NAMES: Final = (
    "Ada Alan Amir Anna Ben Clara Dana Eli Emma Finn Grace Hugo Ines Ivan Jana Juan Kai Lena Leo Lily Lucy Maya Mia "
    "Milo Nina Noah Nora Omar Oscar Pia Ravi Rosa Sam Sara Theo Tom Uma Vera Will Yuki Zoe"
).split()

OBJECTS: Final = (
    "ball kite lamp key map boat drum book bell box hat stone shell ring cup basket flute ladder clock feather"
).split()

ADJECTIVES: Final = "small red blue green old shiny golden tiny big wooden bright soft round strange lovely".split()

PLACES: Final = [
    "the park", "the forest", "the beach", "the garden", "the old house", "the river", "the hill", "the market",
    "the school", "the library", "the lake", "the field",
]

FOODS: Final = "bread soup apples cheese cake rice tea honey berries pancakes".split()

WEATHER: Final = ["sunny", "rainy", "windy", "cloudy", "snowy", "foggy", "warm", "cold"]

FEELINGS: Final = "happy sad tired scared proud curious calm lonely excited hungry".split()

SYLLABLES: Final = "ka lo mi ta ru sen vo pri den zu fa gor lin mar tep".split()

TOPICS: Final = (
    "quantum computing|black holes|photosynthesis|the French Revolution|inflation|climate change|the stock market|"
    "evolution|gravity|electric cars|nuclear power|vaccines|the immune system|DNA|plate tectonics|volcanoes|"
    "earthquakes|the Roman Empire|World War II|ancient Egypt|the Cold War|democracy|capitalism|philosophy|ethics|"
    "free will|consciousness|dreams|memory|sleep|stress|yoga|meditation|running|football|basketball|tennis|chess|"
    "poker|guitar|piano|jazz|opera|rock music|movies|theatre|poetry|novels|Shakespeare|Picasso|Mozart|Einstein|"
    "Newton|Darwin|Napoleon|Cleopatra|Gandhi|Lincoln|the internet|blockchain|bitcoin|cryptography|Linux|Windows|"
    "Python|Java|Rust|JavaScript|SQL|Docker|Kubernetes|Git|React|APIs|machine code|operating systems|"
    "neural networks|transformers|robots|drones|satellites|Mars missions|the moon landing|comets|galaxies|"
    "dark matter|the Big Bang|string theory|thermodynamics|magnetism|chemistry|acids|metals|plastics|recycling|"
    "solar panels|wind turbines|batteries|engines|airplanes|trains|bridges|skyscrapers|architecture|gardening|"
    "cooking pasta|baking bread|pizza|sushi|coffee|wine|beer|chocolate cake|vegan food|diets|vitamins|exercise|"
    "weight loss|headaches|allergies|dentists|first aid|taxes|mortgages|insurance|retirement|interviews|resumes|"
    "startups|marketing|leadership|teamwork|time management|travel in Asia|hotels|camping|hiking|skiing|surfing|"
    "photography|painting|drawing|knitting|origami|magic tricks|riddles|puzzles|crosswords|board games|video games|"
    "fashion|makeup|weddings|birthdays|Christmas|holidays|school|homework|exams|universities|scholarships|languages|"
    "grammar|spelling|punctuation|essays|speeches|law|contracts|copyright|patents|elections|parliament|taxation|"
    "trade|tariffs|immigration|poverty|education|healthcare|hospitals|doctors|nurses|surgery|cancer|diabetes|"
    "viruses|bacteria|insects|dinosaurs|whales|sharks|snakes|parrots|deserts|rainforests|oceans|rivers|mountains|"
    "glaciers|islands|maps|compasses|clocks|calendars|money|gold|diamonds|oil|gas|water shortages|famine|peace|love|"
    "happiness|friendship|jealousy|anger|fear|luck|fate|time travel|aliens|ghosts|vampires|zombies|wizards|pirates|"
    "knights|castles|kings|queens|spies|detectives|superheroes|comics|anime|memes"
).split("|")

PEOPLE: Final = [
    "my boss", "my mother", "a customer", "my landlord", "a friend", "the team", "my teacher", "a colleague",
]

WEBSITE_STEPS: Final = [
    "Choose a goal for the site", "Pick a name", "Buy a domain", "Choose a host", "Sketch the pages",
    "Write the text", "Make the design", "Build the pages", "Test it in a browser", "Publish it",
]
