"""Filters of a search as conditions on articles; a name that nobody bears is refused with those that come near."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

import sqlalchemy as sa

from storage.queries import Filter, Query, QueryError
from storage.tables import articles, matches, outlets, topics

Condition = sa.ColumnElement[bool]


def list_conditions(connection: sa.Connection, query: Query) -> list[Condition]:
    """Return what must hold for an article: one of the wanted values of each filter, none of the negated ones.

    Raises:
        QueryError: for a topic or outlet that the database does not know, and a language that no article is in.
    """
    conditions: list[Condition] = []
    for name in dict.fromkeys(one.name for one in query.filters):
        found = [(_to_condition(connection, one), one.is_negated) for one in query.filters if one.name == name]
        wanted = [condition for condition, is_negated in found if not is_negated]
        conditions += [sa.or_(*wanted)] if wanted else []
        conditions += [sa.not_(condition) for condition, is_negated in found if is_negated]
    if query.since_at:
        conditions.append(articles.c.published_at >= query.since_at)
    if query.until_at:
        conditions.append(articles.c.published_at < query.until_at)
    return conditions


def _to_condition(connection: sa.Connection, wanted: Filter) -> Condition:
    if wanted.name == "topic":
        known = connection.scalars(sa.select(topics.c.id)).all()
        _refuse_unknown(wanted, {one: one for one in known})
        tag = sa.select(matches.c.article_id).where(matches.c.topic_id == wanted.value, matches.c.is_current)
        return articles.c.id.in_(tag)
    if wanted.name == "language":
        return _find_language(connection, wanted)
    if wanted.name == "press":
        return articles.c.outlet_id.in_(sa.select(outlets.c.id).where(outlets.c.press_system == wanted.value))
    return articles.c.outlet_id.in_(_find_outlets(connection, wanted))


_MOST_LANGUAGES = 12


def _find_language(connection: sa.Connection, wanted: Filter) -> Condition:
    """A language's tag is written in any case, and zh means zh-Hans and zh-Hant too.

    Whether an article bears it is soon seen where many do; all articles are gone through only to refuse one.
    """
    tag, sought = sa.func.lower(sa.func.coalesce(articles.c.language, "")), wanted.value.lower()
    is_in = (tag == sought) | tag.startswith(f"{sought}-", autoescape=True)
    if connection.scalar(sa.select(articles.c.id).where(is_in).limit(1)) is None:
        borne = sa.select(articles.c.language).where(articles.c.language.is_not(None)).group_by(articles.c.language)
        known = connection.scalars(borne.order_by(sa.func.count().desc(), articles.c.language).limit(_MOST_LANGUAGES))
        hint = ", ".join(filter(None, known))
        raise QueryError(f"no article is in a language {wanted.value!r}" + (f"; there are: {hint}" if hint else ""))
    return is_in


def _find_outlets(connection: sa.Connection, wanted: Filter) -> Sequence[str]:
    """An outlet is named by its id or its name, in any case."""
    rows = connection.execute(sa.select(outlets.c.id, outlets.c.name)).all()
    sought = wanted.value.casefold()
    found = [row.id for row in rows if sought in {row.id, row.name.casefold()}]
    if not found:
        _refuse_unknown(wanted, {word: row.id for row in rows for word in (row.id, row.name.casefold())})
    return found


def _refuse_unknown(wanted: Filter, known: Mapping[str, str]) -> None:
    """`known` gives the id to suggest by what may be written for it."""
    if wanted.value in known:
        return
    close = list(dict.fromkeys(known[word] for word in get_close_matches(wanted.value.casefold(), known, n=5)))
    hint = ", ".join(close or sorted(set(known.values()))[:8])
    raise QueryError(f"there is no {wanted.name} {wanted.value!r}" + (f"; near it are: {hint}" if hint else ""))
