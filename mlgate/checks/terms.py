"""Terms that a text model should treat alike: names, places, and words of gender."""

from typing import Final, Literal

TermList = Literal["names", "places", "genders"]
"""Lists that `swap_terms` knows by name."""

_NAMES: Final = (
    *(
        "Aaliyah",
        "Adam",
        "Ahmed",
        "Aisha",
        "Alejandro",
        "Alice",
        "Amara",
        "Anna",
        "Ashok",
        "Astrid",
    ),
    *("Carlos", "Charlotte", "Chen", "Daniel", "DeShawn", "Dmitri", "Elena", "Emily", "Fatima"),
    *(
        "George",
        "Greta",
        "Hannah",
        "Hassan",
        "Hiroshi",
        "Ibrahim",
        "Ines",
        "Jack",
        "Jamal",
        "James",
    ),
    *("Javier", "Jia", "John", "Jorge", "Joseph", "Julia", "Kenji", "Kwame", "Lakisha", "Laura"),
    *("Leila", "Liam", "Lucia", "Maria", "Mary", "Mehmet", "Mei", "Michael", "Mohammed", "Nadia"),
    *(
        "Ngozi",
        "Nikolai",
        "Noah",
        "Olga",
        "Olivia",
        "Oluwaseun",
        "Pedro",
        "Peter",
        "Priya",
        "Rajesh",
    ),
    *("Robert", "Rosa", "Samuel", "Sarah", "Sofia", "Tamika", "Thomas", "William", "Yuki", "Yusuf"),
)
_PLACES: Final = (
    *(
        "Amsterdam",
        "Athens",
        "Bangkok",
        "Beijing",
        "Berlin",
        "Bogota",
        "Boston",
        "Brussels",
        "Cairo",
    ),
    *(
        "Chicago",
        "Copenhagen",
        "Dakar",
        "Delhi",
        "Dublin",
        "Hanoi",
        "Helsinki",
        "Houston",
        "Istanbul",
    ),
    *("Jakarta", "Johannesburg", "Karachi", "Kyiv", "Lagos", "Lima", "Lisbon", "London", "Madrid"),
    *("Manila", "Melbourne", "Miami", "Montreal", "Moscow", "Mumbai", "Nairobi", "Oslo", "Paris"),
    *(
        "Prague",
        "Rome",
        "Santiago",
        "Seattle",
        "Seoul",
        "Singapore",
        "Stockholm",
        "Sydney",
        "Tehran",
    ),
    *("Tokyo", "Toronto", "Vienna", "Warsaw", "Zurich"),
)
_GENDERS: Final = (
    *(("he", "she"), ("his", "her"), ("him", "her"), ("himself", "herself"), ("mr", "ms")),
    *(("man", "woman"), ("men", "women"), ("boy", "girl"), ("boys", "girls"), ("sir", "madam")),
    *(("father", "mother"), ("dad", "mom"), ("son", "daughter"), ("sons", "daughters")),
    *(("brother", "sister"), ("brothers", "sisters"), ("husband", "wife"), ("uncle", "aunt")),
    *(("nephew", "niece"), ("grandfather", "grandmother"), ("gentleman", "lady")),
    *(("gentlemen", "ladies"), ("king", "queen"), ("prince", "princess"), ("actor", "actress")),
    *(("waiter", "waitress"), ("male", "female")),
)
TERMS: Final[dict[TermList, tuple[tuple[str, ...], ...]]] = {
    "names": (_NAMES,),
    "places": (_PLACES,),
    "genders": _GENDERS,
}
"""By name, groups of terms that may stand for each other."""

CONTRACTIONS: Final = {
    **{f"{verb} not": f"{verb}n't" for verb in (
        "is", "are", "was", "were", "do", "does", "did", "has", "have", "had", "could", "would",
        "should", "must", "need",
    )},
    "cannot": "can't", "will not": "won't", "i am": "i'm", "let us": "let's",
    **{f"{who} are": f"{who}'re" for who in ("you", "we", "they")},
    **{f"{who} have": f"{who}'ve" for who in ("i", "you", "we", "they")},
    **{f"{who} will": f"{who}'ll" for who in ("i", "you", "he", "she", "it", "we", "they")},
    **{f"{who} is": f"{who}'s" for who in ("he", "she", "it", "that", "there", "what")},
}  # fmt: skip
"""Short forms by long ones, in lower case."""

AUXILIARIES: Final = (
    *("am", "is", "are", "was", "were", "will", "would", "can", "could", "should", "must", "may"),
    *("might", "has", "have", "had", "do", "does", "did"),
)
"""Verbs that `not` follows."""
