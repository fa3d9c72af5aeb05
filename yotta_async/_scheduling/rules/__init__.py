"""What a key may send now, and which call is next: rules that neither wait nor know the time."""
