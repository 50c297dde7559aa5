"""Prefect flows, one verb a file, over plain steps that know nothing of Prefect."""

import logging

# What a batch did is a line for whoever watches a run; Python leaves lines below a warning out unless told otherwise.
logging.getLogger(__name__).setLevel(logging.INFO)
