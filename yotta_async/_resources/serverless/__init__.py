"""Serverless endpoints, their workers and the logs of these."""
