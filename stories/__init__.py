"""Articles to stories, pure: copies and origins, events, read-outs and surges."""
