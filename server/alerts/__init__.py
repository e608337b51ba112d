"""Who asked to be told, and telling them: subscriptions, the outbox, the sender, and the two HTTP methods of api.

The only part of the server that keeps data. It knows nothing of who a person is, and nothing of pages.
"""
