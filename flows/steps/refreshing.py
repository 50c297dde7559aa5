"""Polling feeds: fetch what is due, parse what changed, and say how each poll ended."""

import asyncio
import hashlib
import logging
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from time import monotonic
from typing import Protocol

from extractors.feed import parse_feed
from extractors.listing import parse_listing
from extractors.sitemap import parse_sitemap
from fetching.schedule import SchedulePolicy, decide_move, plan_next_check, weigh_failure
from news.errors import FetchError, FetchFailure, NewsError
from news.sources import DueFeed, Feed, FeedKind, FeedState, Fetched, Outcome, ParsedFeed, Poll, Refresh

log = logging.getLogger(__name__)
