"""Grouping: each report joins the story of its event, or opens one. One pass, pure, with a window of known reports."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from heapq import nlargest
from itertools import groupby
from typing import NamedTuple

from news.stories import Assignment, GroupedReport, Report, Split
from stories.candidates import LATEST, Seeker
from stories.copies import COPIED, cut_shingles, measure_containment
from stories.events import Link, Weighed, link_reports, name_marks, say_shared, weigh_profile
from stories.rarity import Rarity
from stories.splits import APART, find_split
from stories.wires import find_agency, is_chained

WINDOW = timedelta(days=14)
"""How long a story can still be followed up. It is joined for some days only: each day counts against a link."""

_COPIES_WITHIN = timedelta(days=3)
"""A text printed again after this is a reprint: news of its own."""

_STORIES = 8
"""Stories that a report is compared with: those that share most."""
_NEAREST = 60
"""Reports that are looked at for these: a story of many reports must not hide the others."""
_MEMBERS = 8
"""Reports of a story that a report is compared with: the nearest in time."""
_VERIFIED = 6
"""Candidates whose text is compared shingle by shingle: those that share most bands."""

_VERSION = "a version of the same outlet's report"
_PARTED = 24
"""Texts of a story, the latest ones, among which two events are looked for."""

_FOLLOWS_FROM = 1.0
"""The log-odds, days apart left out, from which a new story is told to follow an earlier one: well above chance."""


class Member(NamedTuple):
    """A report of the window, as others are compared with it."""

    report: Report
    weighed: Weighed
    keys: tuple[str, ...]
    agency: str | None


class Bond(NamedTuple):
    """How a report stands to a story: the mean of its links to the members, and the surest of these."""

    story: str
    score: float
    best: Link
    timeless: float
    """The score if all had come on one day."""
    least: float
    """The least sure link, if all had come on one day."""


class Place(NamedTuple):
    """Where a report goes, and why."""

    story: str
    origin: str
    why: str
    score: float


def assign_stories(
    new: Iterable[Report], known: Iterable[GroupedReport] = (), rarity: Rarity | None = None
) -> Iterator[Assignment]:
    """Yield the story of each new report; earlier ones count as known for the later. Reports come in order of time.

    Those of one hour are taken together, the ones that say most first, so that the order of arrival decides nothing.
    """
    grouper = Grouper(rarity)
    for grouped in known:
        grouper.learn(grouped)
    for _, together in groupby(new, key=lambda report: report.at.replace(minute=0, second=0, microsecond=0)):
        yield from grouper.assign_together(together)


class Grouper:
    """Assigns reports to stories as they come, oldest first; holds the reports of one window and forgets the rest.

    With `rarity` given, the window was counted by somebody else; without, it is counted as reports come.
    """

    def __init__(self, rarity: Rarity | None = None) -> None:
        self._rarity = rarity or Rarity()
        self._counts = rarity is None
        self._members: dict[str, Member] = {}
        self._story_of: dict[str, str] = {}
        self._origin_of: dict[str, str] = {}
        self._stories = defaultdict[str, list[str]](list)
        self._postings = defaultdict[str, list[str]](list)
        self._splits = 0

    def learn(self, grouped: GroupedReport) -> None:
        """Take in a report that stands in a story already."""
        self._take_in(self._weigh(Seeker(grouped.report)), grouped.story, grouped.origin)

    def assign_together(self, reports: Iterable[Report]) -> Iterator[Assignment]:
        """Yield assignments of reports that came at one time, the ones that say most first."""
        seekers = sorted(map(Seeker, reports), key=lambda one: (-len(one.keys), one.report.title, one.report.id))
        yield from map(self.assign, seekers)

    def assign(self, seeker: Seeker) -> Assignment:
        """Return where a report belongs, and take it in."""
        self._forget(seeker.report)
        one = self._weigh(seeker)
        marked, copied = seeker.count_shared(self._postings, one.weighed.weights)
        bonds = self._bond(one, self._rank(marked))
        split = self._split_mixed(bonds, one)
        if split:
            bonds = self._bond(one, [split.story, *(bond.story for bond in bonds)])
        place = self._place_copy(seeker, copied) or self._place_report(one, bonds)
        self._take_in(one, place.story, place.origin)
        merged = {} if split else dict(self._merge(place.story, bonds, one))
        return Assignment(
            one.report.id,
            story=place.story,
            origin=place.origin,
            why=place.why,
            score=place.score,
            keys=one.keys,
            follows=self._find_followed(bonds) if place.story == _open(one.report) else None,
            merged=tuple(merged),
            merged_why="; ".join(merged.values()),
            split=split,
        )

    def _weigh(self, seeker: Seeker) -> Member:
        report = seeker.report
        agency = find_agency(report.text, report.outlet)
        return Member(report, weigh_profile(seeker.profile, seeker.weigh(self._rarity)), seeker.keys, agency)

    def _place_copy(self, seeker: Seeker, candidates: Counter[str]) -> Place | None:
        """Place a report that prints or updates the text of another one beside it, as of its origin."""
        for other, _ in candidates.most_common(_VERIFIED):
            known = self._members[other].report
            if abs(known.at - seeker.report.at) > _COPIES_WITHIN:
                continue
            held = measure_containment(seeker.shingles, cut_shingles(known.text))
            if held >= COPIED:
                why = f"{held:.0%} of the shorter text stands in both"
            elif is_chained(seeker.report, known):
                why = _VERSION
            else:
                continue
            return Place(self._story_of[other], self._origin_of[other], why, 1.0)
        return None

    def _place_report(self, one: Member, bonds: list[Bond]) -> Place:
        """Place a report with the story that it is bound to most surely, or in one of its own."""
        if not bonds or bonds[0].score <= 0:
            return Place(_open(one.report), one.report.id, "alone so far", 0.0)
        best = bonds[0]
        why = say_shared(best.best.shared, one.weighed.weights)
        if version := self._find_version(one, best.story):
            return Place(best.story, version, f"{_VERSION}; {why}", best.score)
        return Place(best.story, self._find_wire_origin(one, best.story) or one.report.id, why, best.score)

    def _rank(self, marked: dict[str, float]) -> list[str]:
        """Return the stories worth comparing: those of the reports that share most."""
        nearest = nlargest(_NEAREST, marked, key=marked.__getitem__)
        return list(dict.fromkeys(self._story_of[name] for name in nearest))[:_STORIES]

    def _bond(self, one: Member, stories: Iterable[str]) -> list[Bond]:
        """Compare a report with stories; the surest comes first."""
        bonds = []
        for story in stories:
            links = [link_reports(one.weighed, other) for other in self._find_near(story, one)]
            score = sum(link.score for link in links) / len(links)
            timeless = [link.timeless for link in links]
            best = max(links, key=lambda link: link.score)
            bonds.append(Bond(story, score, best, sum(timeless) / len(links), min(timeless)))
        return sorted(bonds, key=lambda bond: (-bond.score, bond.story))

    def _find_near(self, story: str, one: Member) -> list[Weighed]:
        """Return the reports of a story that are nearest in time; reports come in order, so these are the latest mostly."""
        latest = self._stories[story][-4 * _MEMBERS :]
        members = [self._members[name] for name in latest]
        if len(members) > _MEMBERS:
            members.sort(key=lambda member: abs(member.report.at - one.report.at))
        return [member.weighed for member in members[:_MEMBERS]]

    def _find_version(self, one: Member, story: str) -> str | None:
        """Return the origin of the report that this one is a version of, by the same outlet and under a changed headline."""
        known = (name for name in self._stories[story] if is_chained(one.report, self._members[name].report))
        return next((self._origin_of[name] for name in known), None)

    def _find_wire_origin(self, one: Member, story: str) -> str | None:
        """Return the origin of the story's first report of the same agency: what one agency tells counts once."""
        if one.agency is None:
            return None
        same = (name for name in self._stories[story] if self._members[name].agency == one.agency)
        return next((self._origin_of[name] for name in same), None)

    def _find_followed(self, bonds: Iterable[Bond]) -> str | None:
        likely = [bond for bond in bonds if bond.timeless > _FOLLOWS_FROM]
        return max(likely, key=lambda bond: bond.timeless).story if likely else None

    def _merge(self, story: str, bonds: Iterable[Bond], one: Member) -> Iterator[tuple[str, str]]:
        """Merge stories which a report belongs to as surely as to its own, and whose reports belong together too.

        Yield each with the reason.
        """
        for bond in bonds:
            if bond.score > 0 and bond.story != story and self._belong_together(story, bond.story):
                for name in self._stories.pop(bond.story):
                    self._story_of[name] = story
                    self._stories[story].append(name)
                yield bond.story, f"a later report joins them: {say_shared(bond.best.shared, one.weighed.weights)}"

    def _belong_together(self, story: str, other: str) -> bool:
        ones, others = (
            [self._members[name].weighed for name in self._stories[which][-_MEMBERS:]] for which in (story, other)
        )
        links = [link_reports(one, another).score for one in ones for another in others]
        return sum(links) / len(links) > 0

    def _split_mixed(self, bonds: Iterable[Bond], one: Member) -> Split | None:
        """Split the story of which a report surely tells what some reports do and as surely not what others do."""
        mixed = [bond for bond in bonds if bond.best.score > 0 and bond.least < APART]
        return self._split(max(mixed, key=lambda bond: bond.best.score).story, one) if mixed else None

    def _split(self, story: str, one: Member) -> Split | None:
        """Take the reports out of a story that tell another event, as `one` shows; copies go with their origin."""
        names = self._stories[story]
        texts = {self._origin_of[name]: self._members[name] for name in reversed(names)}
        members = sorted(texts.values(), key=lambda member: member.report.at)[-_PARTED:]
        found = find_split([*members, one], lambda a, b: link_reports(a.weighed, b.weighed).timeless)
        if found is None:
            return None
        origins = {self._origin_of[member.report.id] for member in found if member is not one}
        taken = [name for name in names if self._origin_of[name] in origins]
        self._splits += 1
        opened = f"{_open(found[0].report)}/{self._splits}"
        for name in taken:
            self._story_of[name] = opened
        self._stories[story] = [name for name in names if name not in set(taken)]
        self._stories[opened] = taken
        why = _say_apart(found, [member for member in members if member not in found])
        return Split(opened, story, tuple(taken), why)

    def _take_in(self, one: Member, story: str, origin: str) -> None:
        name = one.report.id
        self._members[name] = one
        self._story_of[name], self._origin_of[name] = story, origin
        self._stories[story].append(name)
        for key in one.keys:
            posted = self._postings[key]
            posted.append(name)
            if len(posted) > 2 * LATEST:
                del posted[:-LATEST]
        if self._counts:
            self._rarity.count(one.weighed.profile.marks)

    def _forget(self, report: Report) -> None:
        """Forget reports that left the window before this one; they stand first, since reports come in order of time."""
        oldest = report.at - WINDOW
        while self._members:
            name, member = next(iter(self._members.items()))
            if member.report.at >= oldest:
                return
            self._drop(name, member)

    def _drop(self, name: str, member: Member) -> None:
        del self._members[name], self._origin_of[name]
        story = self._story_of.pop(name)
        self._stories[story].remove(name)
        if not self._stories[story]:
            del self._stories[story]
        for key in member.keys:
            posted = self._postings[key]
            if posted and posted[0] == name:
                del posted[0]
            if not posted:
                del self._postings[key]
        if self._counts:
            self._rarity.uncount(member.weighed.profile.marks)


def _open(report: Report) -> str:
    """The name of a story that a report opens."""
    return f"new:{report.id}"


def _say_apart(taken: Sequence[Member], kept: Sequence[Member]) -> str:
    """Say what most of the reports that are taken out tell and those that stay do not."""
    borne = Counter(mark for member in taken for mark in member.weighed.weights)
    others = Counter(mark for member in kept for mark in member.weighed.weights)
    own = [mark for mark, n in borne.items() if 2 * n > len(taken) and 4 * others[mark] < len(kept)]
    weights = {mark: max(member.weighed.weights.get(mark, 0.0) for member in taken) for mark in own}
    named = ", ".join(name_marks(own, weights)) or "something else"
    return f"tells of {named}, as the rest of its story does not"
