"""Servers of models: what loads revisions into running instances of shared components, and proves that they answer."""
