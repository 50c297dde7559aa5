"""The vocabulary: frozen types, expected errors, canonical URLs and text normalisation, shared by every room."""
