"""What is kept of a proof: the aligned sentences, the facts that agree and those that do not, and the figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dedup.relations.proof import Proof
    from dedup.relations.telling import Telling

MOST_PAIRS, MOST_FACTS, MOST_QUOTES = 8, 12, 4
_NEAR = 0.5  # sentences below are shown as having no counterpart


def describe_proof(proof: Proof, earlier: Telling, later: Telling) -> dict[str, Any]:
    """The evidence of a relation as plain JSON data."""
    agreement = proof.agreement
    return {
        "nearness": {
            "of_later": round(proof.alignment.of_later, 3),
            "of_earlier": round(proof.alignment.of_earlier, 3),
        },
        "sentences": [
            {
                "earlier": earlier.sentences[pair.earlier] if pair.nearness >= _NEAR else None,
                "later": later.sentences[pair.later],
                "nearness": pair.nearness,
            }
            for pair in proof.alignment.pairs[:MOST_PAIRS]
        ],
        "numbers": [format_number(number) for number in agreement.numbers[:MOST_FACTS]],
        "names": [[earlier.facts.names[key], later.facts.names[key]] for key in agreement.names[:MOST_FACTS]],
        "quotes": [list(pair) for pair in agreement.quotes[:MOST_QUOTES]],
        "only_earlier": [format_number(number) for number in agreement.only_earlier[:MOST_FACTS]],
        "only_later": [format_number(number) for number in agreement.only_later[:MOST_FACTS]],
    }


def format_number(number: float) -> str:
    """`26,469.89`; years without a comma."""
    if number == int(number):
        return f"{int(number)}" if number < 10_000 else f"{int(number):,}"  # noqa: PLR2004
    return f"{number:,.6g}"
