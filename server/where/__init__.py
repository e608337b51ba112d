"""Makes `content/where/` from the postcode table and the gazetteer of two registry packages. No run-time code."""
