"""What we watch, declared in text files, and the loader that refuses a bad entry by file, table, key and reason."""
