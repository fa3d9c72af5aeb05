"""Pods: one container with GPUs each."""
