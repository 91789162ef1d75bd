"""Scenarios of requests and expected answers, run against any server that speaks the same protocol."""
