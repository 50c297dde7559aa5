"""The database: one engine, one module of functions per family of questions."""
