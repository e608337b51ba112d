"""Generates `content/where/` from two packages: a postcode table and a gazetteer. The server doesn't use this code."""
