"""Simulated releases under watch, for what cannot be seen in a few real deployments: how often a judge errs."""
