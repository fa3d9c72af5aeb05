"""One call, start to end: ``retry( admit( send ) -> decode -> judge )``."""
