"""What people search for, parsed: words, "phrases", AND, OR, NOT, parentheses and filters. Pure.

    query   = either
    either  = both { "OR" both }
    both    = { ["AND"] ( part | ("NOT" | "-") part ) }
    part    = word | '"' phrase '"' | word "*" | "(" either ")" | filter
    filter  = ("topic" | "outlet" | "language" | "press" | "since" | "until") ":" value

Filters hold for the whole query; several of one name mean any of them. Words side by side mean all of them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from news.errors import NewsError
from news.sources import PressSystem
from storage.words import Unit, split_units


class QueryError(NewsError):
    """A search that cannot be understood; the text says what to write instead."""


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase to find; with `is_prefix` its last word may go on."""

    units: tuple[Unit, ...]
    is_prefix: bool = False


@dataclass(frozen=True, slots=True)
class AllOf:
    """Everything in `parts` is found, and nothing of `without`."""

    parts: tuple["Words", ...]
    without: tuple["Words", ...] = ()


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of `parts` is found."""

    parts: tuple["Words", ...]


Words = Term | AllOf | AnyOf


@dataclass(frozen=True, slots=True)
class Filter:
    """A property that a found article has, or with `is_negated` has not. `name` is topic, outlet, language or press."""

    name: str
    value: str
    is_negated: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed search. `words` is None where only filters choose; times are aware UTC, `until_at` is exclusive."""

    words: Words | None = None
    filters: tuple[Filter, ...] = ()
    since_at: datetime | None = None
    until_at: datetime | None = None


_MOST_CHARACTERS = 1000
_DEEPEST = 20  # parentheses in parentheses; SQLite refuses expressions that are deeper than 256

_CHOOSING = ("topic", "outlet", "language", "press")
_DATING = ("since", "until")
_LEXEME = re.compile(r'\s*(?:(?P<bracket>[()])|(?P<minus>-)(?=\S)|"(?P<phrase>[^"]*)"|(?P<word>[^\s()"]+))')
_FILTER = re.compile(r"(?P<name>[a-z]+):(?P<value>(?!//).*)", re.IGNORECASE | re.DOTALL)
_TYPOGRAPHIC = str.maketrans("“”„‟〝〞「」『』（）：\u3000", '""""""""""(): ')
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")  # what no database takes; a byte that is no UTF-8 arrives as the latter
_AGO = re.compile(r"(\d{1,4})([hd])")


def parse_query(text: str, now: datetime, zone: tzinfo = UTC) -> Query:
    """Parse a search. Days in `since:` and `until:` are days of `zone`; `7d` and `12h` count back from `now`.

    Raises:
        QueryError: when it cannot be understood, with what to write instead.
    """
    if len(text) > _MOST_CHARACTERS:
        raise QueryError(f"a search has at most {_MOST_CHARACTERS:,} characters, this one has {len(text):,}")
    if wrong := _NO_TEXT.search(text):
        raise QueryError(f"a search is text in UTF-8, and {wrong[0]!a} in this one is none")
    parser = _Parser(list(_split(text.translate(_TYPOGRAPHIC))), now, zone)
    words = parser.parse()
    found = parser.filters
    if words is None and not found and not parser.times:
        raise QueryError('a search needs a word, such as 台湾 or "export controls", or a filter, such as topic:taiwan')
    return Query(words, tuple(found), parser.times.get("since"), parser.times.get("until"))


@dataclass(frozen=True, slots=True)
class _Lexeme:
    """`kind` is bracket, minus, phrase or word; a quotation before a colon belongs to the word: `outlet:"The Times"`."""

    kind: str
    text: str


def _split(text: str) -> Iterator[_Lexeme]:
    place = 0
    while found := _LEXEME.match(text, place):
        place = found.end()
        kind = found.lastgroup or ""
        if kind == "word" and found[kind].endswith(":") and (value := re.compile(r'"([^"]*)"').match(text, place)):
            place = value.end()
            yield _Lexeme("word", found[kind] + value[1])
        else:
            yield _Lexeme(kind, found[kind])
    if text[place:].strip():
        raise QueryError(f"a quotation mark is not closed: {text[place:].strip()}")


@dataclass(slots=True)
class _Parser:
    """Recursive descent over lexemes; filters are gathered on the way."""

    lexemes: list[_Lexeme]
    now: datetime
    zone: tzinfo
    place: int = 0
    depth: int = 0
    filters: list[Filter] = field(default_factory=list)
    times: dict[str, datetime] = field(default_factory=dict)

    def parse(self) -> Words | None:
        words = self._either()
        if self._peek() is not None:
            raise QueryError("a closing parenthesis has no opening one")
        return words

    def _peek(self) -> _Lexeme | None:
        return self.lexemes[self.place] if self.place < len(self.lexemes) else None

    def _take(self, kind: str, *texts: str) -> bool:
        """Step over the next lexeme if it is one of these."""
        found = self._peek()
        if found is None or found.kind != kind or found.text not in texts:
            return False
        self.place += 1
        return True

    def _either(self) -> Words | None:
        parts = [self._both()]
        while self._take("word", "OR"):
            parts.append(self._both())
        if len(parts) == 1:
            return parts[0]
        kept = tuple(part for part in parts if part is not None)
        if len(kept) < len(parts):
            raise QueryError("OR needs a word on both sides, and no filter alone: 台湾 OR Taiwan")
        return AnyOf(kept)

    def _both(self) -> Words | None:
        wanted: list[Words] = []
        unwanted: list[Words] = []
        begun = self.place
        while not self._is_over():
            if self._take("word", "AND") and (self.place == begun + 1 or self._is_over()):
                raise QueryError("AND needs a word on both sides: 台湾 AND 日本")
            is_negated = self._take("word", "NOT") or self._take("minus", "-")
            part = self._part(is_negated=is_negated)
            if part is not None:
                (unwanted if is_negated else wanted).append(part)
        return _join(wanted, unwanted)

    def _is_over(self) -> bool:
        return self._peek() in {None, _Lexeme("bracket", ")"), _Lexeme("word", "OR")}

    def _part(self, *, is_negated: bool) -> Words | None:
        found = self._peek()
        if found is None or (found.kind != "phrase" and found.text in {")", "AND", "OR", "NOT"}):
            raise QueryError("AND and NOT need a word behind them: 台湾 NOT 地震")
        self.place += 1
        if found.kind == "bracket":
            return self._group()
        named = _FILTER.fullmatch(found.text) if found.kind == "word" else None
        if named:
            self._keep_filter(named["name"].lower(), named["value"], is_negated=is_negated)
            return None
        return _read_term(found)

    def _group(self) -> Words:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise QueryError(f"parentheses stand in one another more than {_DEEPEST} deep")
        before = len(self.filters) + len(self.times)
        words = self._either()
        self.depth -= 1
        if not self._take("bracket", ")"):
            raise QueryError("an opening parenthesis has no closing one")
        if len(self.filters) + len(self.times) > before:
            raise QueryError("filters hold for the whole search; write them outside of OR and parentheses")
        if words is None:
            raise QueryError("parentheses need a word between them")
        return words

    def _keep_filter(self, name: str, value: str, *, is_negated: bool) -> None:
        if name not in (*_CHOOSING, *_DATING):
            known = ", ".join(f"{one}:" for one in (*_CHOOSING, *_DATING))
            raise QueryError(
                f'there is no filter {name}:, known are {known}; to find the words, write "{name} {value}"'
            )
        if not value:
            raise QueryError(f"the filter {name}: needs a value right behind it, such as {_EXAMPLES[name]}")
        if name in _CHOOSING:
            self.filters.append(Filter(name, _check_value(name, value), is_negated))
            return
        if is_negated or name in self.times:
            raise QueryError(f"the filter {name}: can stand once, and not behind NOT")
        self.times[name] = _read_time(name, value, self.now, self.zone)


_EXAMPLES = {
    "topic": "topic:taiwan",
    "outlet": "outlet:yonhap",
    "language": "language:ko",
    "press": "press:taiwan",
    "since": "since:2026-11-01",
    "until": "until:2026-11-30",
}


def _join(wanted: list[Words], unwanted: list[Words]) -> Words | None:
    if unwanted and not wanted:
        raise QueryError("NOT takes away from what another word finds, so it needs one: 台湾 NOT 地震")
    if not wanted:
        return None
    return wanted[0] if len(wanted) == 1 and not unwanted else AllOf(tuple(wanted), tuple(unwanted))


def _read_term(found: _Lexeme) -> Term:
    units = split_units(found.text)
    if not units:
        raise QueryError(f"there is no letter and no digit in {found.text!r}, so it cannot be found")
    return Term(units, is_prefix=found.kind == "word" and found.text.endswith("*") and not units[-1].is_cjk)


def _check_value(name: str, value: str) -> str:
    systems = [system.value for system in PressSystem]
    if name == "press" and value not in systems:
        raise QueryError(f"there is no press system {value!r}; known are {', '.join(systems)}")
    return value


def _read_time(name: str, value: str, now: datetime, zone: tzinfo) -> datetime:
    """A day counts from its beginning for `since:`, and to its end for `until:`."""
    if ago := _AGO.fullmatch(value):
        return now - (timedelta(hours=int(ago[1])) if ago[2] == "h" else timedelta(days=int(ago[1])))
    try:
        day = date.fromisoformat(value) + timedelta(days=name == "until")
        return datetime.combine(day, time(), zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise QueryError(f"{name}: needs a day, such as {_EXAMPLES[name]}, or a time ago, such as {name}:7d") from None


def found_terms(words: Words | None) -> Iterator[Term]:
    """Yield the terms that a found article may contain, those behind NOT left out."""
    if isinstance(words, Term):
        yield words
    elif words is not None:
        for part in words.parts:
            yield from found_terms(part)
