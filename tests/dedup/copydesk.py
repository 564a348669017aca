"""Invented copy: stories, rewrites of them and look-alikes, made from a seed."""

from __future__ import annotations

import random
import re

FERRY = """The coast guard of Marrowick said on Tuesday that all 214 people aboard the ferry Lady Orla had been brought ashore after the vessel lost power off Cape Tamber in heavy seas.

Two tugs reached the ferry shortly before dawn and held it away from the rocks while helicopters lifted children and the injured to the harbour town of Senn, the service's director, Ilse Varro, told reporters.

"It was a matter of perhaps forty minutes," she said. "Had the second tug been any later we would be talking about a very different morning."

The Lady Orla had left Port Glimmond on Monday evening with 190 passengers and a crew of 24. Its owner, Northern Strait Lines, said a fire in the engine room had cut all power at 11:40 p.m. and that the crew had put it out within the hour.

Seventeen people were treated for cold and smoke, three of them in hospital. None was in danger, doctors in Senn said.

The transport ministry ordered the company's two other ferries to stay in port until inspectors had looked at their engines. All three ships were built in the same yard in 1994 and refitted nine years ago.

Islamic State fighters, whom the government blames for attacks on coastal installations last winter, played no part in the incident, the interior ministry said, rejecting rumours that had spread overnight.

Opposition lawmakers called for an inquiry. "For years we have been told that there is no money for a rescue tug in the north," said Pera Lindqvast of the Harbour Party. "Last night we saw what that means."

The government has recognized the need for a permanent tug and set aside $12 million in the budget, about 0.4 percent of what it spends on transport, but no contract has been signed."""

PARAGRAPHS = FERRY.split("\n\n")

RESCUE_BY_ANOTHER_AGENCY = """A passenger ferry carrying more than two hundred travellers drifted for hours without engines near the northern tip of Marrowick before rescuers took everyone off, officials said.

Witnesses in the fishing port of Senn described helicopters landing one after another on a football ground turned into a reception centre, where volunteers handed out blankets and soup.

"My daughter asked whether the ship was sleeping," said Tomas Eck, a teacher who was on his way to his parents with his family. "I told her yes, and that we must be quiet so as not to wake it."

Investigators will examine whether maintenance was put off to save money, a person close to the shipping line said, asking not to be named because the matter is under review.

Weather services had warned of gusts of more than ninety kilometres an hour, and a rival operator cancelled its evening crossing."""

FOLLOW_UP = """Prosecutors in Marrowick searched the offices of Northern Strait Lines on Wednesday, a day after its ferry Lady Orla was towed to safety with 214 people on board.

Investigators carried away maintenance records going back six years, a spokeswoman for the prosecutor said. No one has been charged, and the company said it was working with the authorities.

The search came as parliament debated a motion to make rescue tugs a duty of the state. The motion, brought by the Harbour Party, failed by four votes after the government promised a bill of its own before the summer recess.

Divers who looked at the hull found no damage below the waterline, the port authority said. The ship will be moved to a dry dock at Port Glimmond as soon as the wind allows.

Passengers began to receive their luggage, and some of their cars, in the afternoon."""

LOCAL = """In Ostheim, where many of the passengers come from, the mayor opened the town hall for relatives through the night. About sixty people had gathered there by morning.

Buses will bring the passengers home this evening, the regional transport company said. A telephone line is open for families."""


def cut(body, paragraphs=6):
    return "\n\n".join(body.split("\n\n")[:paragraphs])


def in_house_style(body):
    changes = {
        "Islamic State": "Daesh",
        "percent": "per cent",
        "recognized": "recognised",
        "$12 million": "$12 mln",
        '"': "'",
        "said on Tuesday": "said Tuesday",
    }
    for ours, theirs in changes.items():
        body = body.replace(ours, theirs)
    return body


def with_local_paragraphs(body):
    first, *rest = body.split("\n\n")
    return "\n\n".join([first, *LOCAL.split("\n\n"), *rest])


def change_facts(body, what):
    """The same sentences with other names, other numbers, or both."""
    chance = random.Random(what)
    if "names" in what:
        names = sorted(set(re.findall(r"(?<=[a-z,] )[A-Z]\w+", body)))
        others = dict(zip(names, (word.title() for word in say_words(chance, len(names))), strict=True))
        body = re.sub(r"\b[A-Z]\w+", lambda found: others.get(found[0], found[0]), body)
    if "numbers" in what:
        body = re.sub(r"\d+", lambda _: str(chance.randint(300, 9000)), body)
    return body


def say_words(chance, count):
    """Words nobody uses, so that two texts made so share nothing."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    return ["".join(chance.choices(letters, k=chance.randint(3, 9))) for _ in range(count)]


def write_story(seed, words=160):
    """An invented story of paragraphs that no other seed shares."""
    chance = random.Random(f"story {seed}")
    said = say_words(chance, words)
    sentences = [" ".join(said[i : i + 20]).capitalize() + "." for i in range(0, words, 20)]
    return "\n\n".join(sentences)


def market_report(seed):
    chance = random.Random(f"market {seed}")
    index, move, turnover = chance.uniform(2000, 9000), chance.uniform(0.1, 3), chance.uniform(1, 9)
    up, down = chance.choice(["rose", "fell"]), chance.sample(NAMES, 4)
    return f"""Shares on the {chance.choice(NAMES)} exchange {up} on {chance.choice(DAYS)}, with the benchmark index closing {move:.2f} percent at {index:.2f} points after a session of light trade.

{down[0]} was the biggest mover of the day, adding {chance.uniform(1, 9):.1f} percent to {chance.uniform(10, 90):.2f} crowns, while {down[1]} lost {chance.uniform(1, 9):.1f} percent to {chance.uniform(10, 90):.2f} crowns. Banks and insurers were mixed, led by {down[2]} and {down[3]}.

Turnover was {turnover:.2f} billion crowns, compared with {chance.uniform(1, 9):.2f} billion in the previous session. Of the shares traded, {chance.randint(20, 200)} gained, {chance.randint(20, 200)} lost and {chance.randint(5, 60)} were unchanged, exchange data showed."""


def weather_report(seed):
    chance = random.Random(f"weather {seed}")
    towns = chance.sample(NAMES, 5)
    return f"""The weather service in {towns[0]} expects a day of {chance.choice(["sun", "rain", "cloud", "sleet"])} with temperatures between {chance.randint(-9, 12)} and {chance.randint(13, 34)} degrees and a wind of up to {chance.randint(20, 110)} kilometres an hour from the {chance.choice(["north", "south", "west", "east"])}.

In {towns[1]} it will be {chance.randint(-9, 34)} degrees at noon, in {towns[2]} {chance.randint(-9, 34)} degrees and in {towns[3]} {chance.randint(-9, 34)} degrees. The chance of rain in the afternoon is {chance.randint(1, 99)} percent, rising to {chance.randint(1, 99)} percent in the night. The sun rises at {chance.randint(5, 7)}:{chance.randint(10, 59)} and sets at {chance.randint(17, 21)}:{chance.randint(10, 59)}, and the water in {towns[4]} has {chance.randint(4, 26)} degrees."""


def match_report(seed):
    chance = random.Random(f"match {seed}")
    home, away, first, second, third = chance.sample(NAMES, 5)
    return f"""{home} beat {away} {chance.randint(3, 9)}-{chance.randint(0, 2)} in the national league on {chance.choice(DAYS)} with goals from {first}, who scored in minute {chance.randint(2, 40)}, and {second}, who added the second in minute {chance.randint(41, 88)} after a corner.

{third} saw the red card in minute {chance.randint(20, 89)} and will be missing for the next {chance.randint(2, 5)} matches. The attendance was {chance.randint(2000, 60000)}. {home} now have {chance.randint(10, 80)} points from {chance.randint(5, 34)} matches and are in place {chance.randint(1, 18)} of the table, {chance.randint(1, 20)} points behind the leaders, while {away} stay in place {chance.randint(1, 18)}."""


DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
NAMES = [
    "Arvik",
    "Belmora",
    "Castelune",
    "Dorvale",
    "Estrin",
    "Falkmere",
    "Gorsund",
    "Halvet",
    "Istria",
    "Jorvane",
    "Kestrel",
    "Lumbra",
    "Morwen",
    "Nestark",
    "Orland",
    "Pelgrave",
    "Quarrin",
    "Rosmund",
    "Selvik",
    "Tarnow",
    "Ulmere",
    "Vestrell",
    "Wrenfold",
    "Xanthe",
    "Yarmund",
    "Zelkov",
    "Ambry",
    "Borsk",
    "Corvane",
    "Delmond",
]
