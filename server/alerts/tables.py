"""The tables for SQLAlchemy Core. `migrations.py` creates them; a test compares the two."""

from sqlalchemy import Column, Date, Float, Integer, MetaData, String, Table, Text

METADATA = MetaData()

subscriptions = Table(
    "subscriptions",
    METADATA,
    Column("id", String(64), primary_key=True),  # SHA-256 of the endpoint, in hex
    Column("endpoint", Text, nullable=False),
    Column("p256dh", String(88), nullable=False),
    Column("auth", String(24), nullable=False),
    Column("key", String(16), nullable=False),  # the VAPID key that the phone subscribed with
    Column("areas", Text, nullable=False),  # " herefordshire shropshire ": a space before and after each
    Column("language", String(8), nullable=False),
    # Days, not times: a time would reveal more than is needed.
    Column("created", Date, nullable=False),
    Column("seen", Date, nullable=False),
    Column("refused", Date),
    # Days on which its service refused our signature for it, since it last accepted a message or the phone renewed it.
    Column("refusals", Integer, nullable=False, default=0),
    Column("proven", Integer, nullable=False, default=0),  # 1 once its service has accepted a message for it
)

sendings = Table(
    "sendings",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("notice", String(64), nullable=False),
    Column("areas", Text, nullable=False),
    Column("urgency", String(8), nullable=False),
    Column("day", Date, nullable=False),
    Column("ends_at", Float(53), nullable=False),
    *(Column(count, Integer, nullable=False) for count in ("subscribers", "taken", "removed", "refused", "late")),
)
"""Each time a notice was sent, with counts of what became of its messages."""

outbox = Table(
    "outbox",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("sending", Integer, nullable=False),
    Column("subscription", String(64), nullable=False),
    Column("area", String(64)),
    Column("due_at", Float(53), nullable=False),
    Column("leased_until", Float(53), nullable=False),  # also ends the lease of a sender that died
    Column("attempts", Integer, nullable=False),
)
"""One row for each message still to be sent."""
