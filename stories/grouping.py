"""Grouping: each report joins the story of its event, or opens one. One pass, pure, with a window of known reports."""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import groupby
from typing import NamedTuple

from news.stories import Assignment, GroupedReport, Report
from stories.copies import COPIED, cut_shingles, find_copy_keys, measure_containment
from stories.events import EACH_DAY, Link, Weighed, link_reports, say_shared, weigh_profile
from stories.profiles import WORD, Profile, describe
from stories.rarity import Rarity
from stories.wires import find_agency, is_chained

WINDOW = timedelta(days=14)
"""How long a story can still be followed up. It is joined for some days only: each day counts against a link."""

JOINS_WITHIN = timedelta(days=5)
"""Beyond this, the days outweigh all that two reports can share."""

_COPIES_WITHIN = timedelta(days=3)
"""A text printed again after this is a reprint: news of its own."""

_RAREST = 12
"""Marks of a report by which candidates are looked for, the rarest first."""
_RAREST_WORDS = 6
"""Words of the title by which candidates are looked for: all there is where the gazetteer names nobody."""
LATEST = 150
"""Reports looked at for one mark: where more bear it, it says little, and the latest are the likeliest."""
_STORIES = 8
"""Stories that a report is compared with: those that share most."""
_MEMBERS = 12
"""Reports of a story that a report is compared with: the nearest in time."""
_VERIFIED = 6
"""Candidates whose text is compared shingle by shingle: those that share most bands."""

_FOLLOWS_FROM = 1.0
"""The log-odds, days apart left out, from which a new story is told to follow an earlier one: well above chance."""


class Candidate(NamedTuple):
    """A report as others are compared with it."""

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


def find_keys(report: Report, profile: Profile) -> tuple[str, ...]:
    """Return the keys under which later reports find this one: its marks, its title and the bands of its text."""
    return (*profile.marks, *find_copy_keys(report.title, cut_shingles(report.text)))


def choose_keys(profile: Profile, keys: Iterable[str], rarity: Rarity) -> Iterator[str]:
    """Yield the keys by which candidates are looked for: the rarest marks, and everything that finds copies."""
    marks = sorted(profile.marks, key=lambda mark: (-rarity.weigh(mark, profile.language) * profile.marks[mark], mark))
    yield from [mark for mark in marks if mark[0] != WORD][:_RAREST]
    yield from [mark for mark in marks if mark[0] == WORD][:_RAREST_WORDS]
    yield from (key for key in keys if key not in profile.marks)


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
        self._members: dict[str, Candidate] = {}
        self._story_of: dict[str, str] = {}
        self._origin_of: dict[str, str] = {}
        self._stories = defaultdict[str, list[str]](list)
        self._postings = defaultdict[str, deque[str]](lambda: deque(maxlen=LATEST))

    def learn(self, grouped: GroupedReport) -> None:
        """Take in a report that stands in a story already."""
        self._place(self._prepare(grouped.report), grouped.story, grouped.origin)

    def assign_together(self, reports: Iterable[Report]) -> Iterator[Assignment]:
        """Yield assignments of reports that came at one time, the ones that say most first."""
        prepared = [self._prepare(report) for report in reports]
        prepared.sort(key=lambda one: (-len(one.weighed.weights), one.report.title, one.report.id))
        yield from map(self._assign, prepared)

    def assign(self, report: Report) -> Assignment:
        """Return where a report belongs, and take it in."""
        return self._assign(self._prepare(report))

    def _prepare(self, report: Report) -> Candidate:
        profile = describe(report)
        weighed = weigh_profile(profile, self._rarity)
        return Candidate(report, weighed, find_keys(report, profile), find_agency(report.text, report.outlet))

    def _assign(self, one: Candidate) -> Assignment:
        self._forget(one)
        marked, copied_from = self._find_candidates(one)
        copied = self._find_original(one, copied_from)
        bonds = sorted(self._bond(one, self._rank(marked)), key=lambda bond: (-bond.score, bond.story))
        joined = bonds[0] if bonds and bonds[0].score > 0 else None
        name = one.report.id
        if copied:
            original, why = copied
            story, origin, score = self._story_of[original], self._origin_of[original], 1.0
        else:
            story, why, score = f"new:{name}", "alone so far", 0.0
            if joined:
                story, why, score = joined.story, say_shared(joined.best.shared), joined.score
            origin = self._find_wire_origin(one, story) or name
        self._place(one, story, origin)
        merged = tuple(self._merge(story, bonds))
        follows = None if copied or joined else self._find_followed(bonds)
        return Assignment(name, story, origin, why, score, one.keys, follows, merged)

    def _find_candidates(self, one: Candidate) -> tuple[Counter[str], Counter[str]]:
        """Return reports that share rare marks, with the weight shared, and ones that share a title or bands."""
        marked, copied = Counter[str](), Counter[str]()
        weights = one.weighed.weights
        for key in choose_keys(one.weighed.profile, one.keys, self._rarity):
            weight = weights.get(key)
            for other in self._postings.get(key, ()):
                if weight is None:
                    copied[other] += 1
                else:
                    marked[other] += weight  # type: ignore[assignment]  # a Counter adds any number
        return marked, copied

    def _find_original(self, one: Candidate, candidates: Counter[str]) -> tuple[str, str] | None:
        """Return the report whose text this one prints or updates, with the words for it."""
        shingles = cut_shingles(one.report.text)
        for other, _ in candidates.most_common(_VERIFIED):
            known = self._members[other].report
            if abs(known.at - one.report.at) > _COPIES_WITHIN:
                continue
            held = measure_containment(shingles, cut_shingles(known.text))
            if held >= COPIED:
                return other, f"{held:.0%} of the shorter text stands in both"
            if is_chained(one.report, known):
                return other, "a version of the same outlet's report"
        return None

    def _rank(self, marked: Counter[str]) -> list[str]:
        """Return the stories worth comparing: by what their nearest report shares."""
        best: dict[str, float] = {}
        for other, weight in marked.items():
            story = self._story_of[other]
            best[story] = max(best.get(story, 0.0), weight)
        return sorted(best, key=lambda story: (-best[story], story))[:_STORIES]

    def _bond(self, one: Candidate, stories: Iterable[str]) -> Iterator[Bond]:
        for story in stories:
            near = sorted(self._stories[story], key=lambda name: abs(self._members[name].report.at - one.report.at))
            links = [link_reports(one.weighed, self._members[name].weighed) for name in near[:_MEMBERS]]
            score = sum(link.score for link in links) / len(links)
            timeless = sum(link.score - EACH_DAY * link.days for link in links) / len(links)
            yield Bond(story, score, max(links, key=lambda link: link.score), timeless)

    def _find_wire_origin(self, one: Candidate, story: str) -> str | None:
        """Return the origin of the story's first report of the same agency: what one agency tells counts once."""
        if one.agency is None:
            return None
        same = (name for name in self._stories.get(story, ()) if self._members[name].agency == one.agency)
        return next((self._origin_of[name] for name in same), None)

    def _find_followed(self, bonds: Iterable[Bond]) -> str | None:
        likely = [bond for bond in bonds if bond.timeless > _FOLLOWS_FROM]
        return max(likely, key=lambda bond: bond.timeless).story if likely else None

    def _merge(self, story: str, bonds: Iterable[Bond]) -> Iterator[str]:
        """Merge stories which a report belongs to as surely as to its own, and whose reports belong together too."""
        for bond in bonds:
            if bond.score > 0 and bond.story != story and self._belong_together(story, bond.story):
                for name in self._stories.pop(bond.story):
                    self._story_of[name] = story
                    self._stories[story].append(name)
                yield bond.story

    def _belong_together(self, story: str, other: str) -> bool:
        ones, others = (
            [self._members[name].weighed for name in self._stories[which][-_MEMBERS:]] for which in (story, other)
        )
        links = [link_reports(one, another).score for one in ones for another in others]
        return sum(links) / len(links) > 0

    def _place(self, one: Candidate, story: str, origin: str) -> None:
        name = one.report.id
        self._members[name] = one
        self._story_of[name], self._origin_of[name] = story, origin
        self._stories[story].append(name)
        for key in one.keys:
            self._postings[key].append(name)
        if self._counts:
            self._rarity.count(one.weighed.profile.marks)

    def _forget(self, one: Candidate) -> None:
        """Forget reports that left the window before this one; they stand first, since reports come in order of time."""
        oldest = one.report.at - WINDOW
        while self._members:
            name, member = next(iter(self._members.items()))
            if member.report.at >= oldest:
                return
            del self._members[name], self._origin_of[name]
            story = self._story_of.pop(name)
            self._stories[story].remove(name)
            if not self._stories[story]:
                del self._stories[story]
            for key in member.keys:
                if (posted := self._postings[key]) and posted[0] == name:
                    posted.popleft()
                if not posted:
                    del self._postings[key]
            if self._counts:
                self._rarity.uncount(member.weighed.profile.marks)
