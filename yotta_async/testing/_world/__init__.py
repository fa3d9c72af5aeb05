"""What a world is made of: how it is drawn, and what it does to a cloud."""
