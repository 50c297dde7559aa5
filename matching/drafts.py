"""A proposed topic as a file for the analyst to edit: TOML, with the reason for each line beside it."""

import json
from collections.abc import Iterable, Mapping

from matching.suggest import Suggestion


def write_suggestion(suggestion: Suggestion) -> str:
    """Write a suggestion as TOML that `seeds.topics.read_topics` reads; reasons and unknown names are comments."""
    topic = suggestion.topic
    why = {reason.term: reason.why for reason in suggestion.reasons}
    head = f"topics.{topic.id}"
    lines = [f"[{head}]"]
    lines += [f"{key} = {_quote(getattr(topic, key))}" for key in ("title", "description", "seed")]
    for key in ("keys", "supports", "off"):
        lines += _write_terms(key, getattr(topic, key), why)
    for angle in topic.angles:
        lines += ["", f"[[{head}.angles]]", "all = ["]
        lines += [f"  [{', '.join(map(_quote, group))}],  # {_explain(group, why)}" for group in angle.all]
        lines += ["]"]
    for name, words in topic.phrases.items():
        lines += ["", f"[{head}.phrases.{name}]"]
        lines += [f"{language} = [{', '.join(map(_quote, listed))}]" for language, listed in words.items()]
    if suggestion.unknown_names:
        lines += ["", "# Not in the gazetteer; declare under entities/ who of these matters:"]
        lines += [f"#   {name}" for name in suggestion.unknown_names]
    return "\n".join(lines) + "\n"


def _explain(group: Iterable[str], why: Mapping[str, str]) -> str:
    """Say why a side stands in an angle; what happens between sides has its reasons under supports."""
    sides = dict.fromkeys(term.partition(":")[0] for term in group if ":" in term)
    return " ".join("; ".join(why[side] for side in sides if side in why).split()) or "what happens, as in supports"


def _write_terms(key: str, terms: Iterable[str], why: Mapping[str, str]) -> list[str]:
    listed = [f"  {_quote(term)},  # {' '.join(why.get(term, '').split())}".rstrip(" #") for term in terms]
    return [f"{key} = [", *listed, "]"] if listed else []


def _quote(text: str) -> str:
    # A JSON string is a TOML basic string, but for the delete character, which TOML wants escaped.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
