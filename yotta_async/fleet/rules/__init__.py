"""What a fleet does next, where its pods go and what they cost, as pure rules."""
