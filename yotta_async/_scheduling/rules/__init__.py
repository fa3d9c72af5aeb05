"""The window, the slots, the lanes: who may send now, as pure rules."""
