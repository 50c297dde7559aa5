"""Plain functions by use case: no Prefect in here."""
