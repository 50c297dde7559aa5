"""One digest, every form: each is a pure function of the stored digest, so rendering again gives the same bytes."""

from digests.render_html import render_html
from digests.render_markdown import render_markdown
from digests.render_slack import SlackMessage, SlackThread, render_slack, render_slack_thread
from digests.render_text import render_text
from digests.stored import digest_to_json as render_json

__all__ = [
    "SlackMessage",
    "SlackThread",
    "render_html",
    "render_json",
    "render_markdown",
    "render_slack",
    "render_slack_thread",
    "render_text",
]
