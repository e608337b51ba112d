"""Web push: subscriptions, the outbox, the sender, and the HTTP API to subscribe and unsubscribe.

The only part of the server that stores data. It knows nothing of who a subscriber is, nor of pages and content.
"""
