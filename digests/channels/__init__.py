"""The ways out: every channel takes the same stored digest. Blocking; the flows call them in a thread."""

from digests.channels.face import Channel, ChannelSettings
from digests.channels.opening import Channels, check_channel, open_channel, send_test

__all__ = ["Channel", "ChannelSettings", "Channels", "check_channel", "open_channel", "send_test"]
