"""Sample videos for the demo; CREDITS.md says where they come from."""
