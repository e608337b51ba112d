"""Web push: subscriptions, the outbox, the sender, and the HTTP API to subscribe and unsubscribe.

The only part of the server that stores data about people. It doesn't know who they are, nor pages and content.
"""
