"""The commands `fleet ...` and `plan`."""
