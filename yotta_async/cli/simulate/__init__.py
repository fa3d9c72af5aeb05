"""`yotta-async simulate`: a simulated cloud on a port, with every switch that there is."""
