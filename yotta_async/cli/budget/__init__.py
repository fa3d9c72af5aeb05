"""The command `budget`: what the processes of one key share."""
