"""Telling people and programs what happened: channels, their outbox, and the ways out."""
