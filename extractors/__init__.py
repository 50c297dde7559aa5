"""Bytes to vocabulary, pure: feeds, listings, sitemaps, articles, dates and languages."""
