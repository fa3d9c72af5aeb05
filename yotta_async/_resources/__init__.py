"""What the API offers, one file a noun: the operations first, the verbs after them."""
