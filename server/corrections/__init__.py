"""Corrections: numbers withdrawn or replaced since a phone saved them, and the urgent banner.

In the order of their imports: `model` holds the records of `corrections.toml`; `signing` makes the private keys, signs
a text and verifies it; `state` works out what phones and pages show; `checks` finds mistakes in the corrections;
`writing` changes, checks and signs them; `options` makes them from the options of the command. `server.content` imports
`model` and `checks`. Only `writing` imports the checks of the whole content.
"""
