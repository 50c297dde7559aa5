"""Articles to topics, pure: gazetteer, topic rules and the evidence for each match."""
