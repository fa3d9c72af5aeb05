"""How a test is run on a simulated cloud, and what is looked at when it ends."""
