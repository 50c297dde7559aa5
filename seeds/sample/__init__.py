"""The sample edition: invented newspapers about the seed story's world, printed with dates of today and served on loopback."""
