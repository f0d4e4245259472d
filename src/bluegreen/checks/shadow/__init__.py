"""Answers compared in the shadow of users' requests: the check, and the process that collects copies for it."""
