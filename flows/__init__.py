"""Prefect flows, one verb a file, over plain steps that know nothing of Prefect."""
