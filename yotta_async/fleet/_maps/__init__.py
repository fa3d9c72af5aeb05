"""Work for the pods of a fleet, item by item."""
