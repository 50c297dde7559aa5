"""The ways out: email, Slack, webhook, file and feed."""
