"""The commands `pods ...` and `gpus`."""
