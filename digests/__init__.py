"""Stories to messages to channels: composing and rendering are pure, channels send."""
