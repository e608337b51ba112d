"""The web application: everything reachable from what it is given, nothing global."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.routing import Route

from server.alerts.intake import Intake
from server.alerts.rates import Rates
from server.alerts.services import PushServices
from server.alerts.store import Store
from server.alerts.vapid import Keyring
from server.serve.daily import every_day
from server.serve.pages import Handout
from server.serve.reload import watch
from server.settings import KEYS, Settings
from server.site.resource import Site

AREA = "/areas/"


def create_app(
    settings: Settings,
    site: Site,
    *,
    reload: bool = False,
    services: PushServices | None = None,
    rates: Rates | None = None,
) -> Starlette:
    """The app that hands out `site`; with `reload`, a changed content folder is pressed again behind it.

    `services` and `rates` are for tests: what the environment says never lets in another push service.
    """
    handout = Handout(site)
    store = Store(settings.database_url)
    intake = Intake(
        store,
        Keyring(settings.data / KEYS),
        areas=lambda: frozenset(
            page.path.removeprefix(AREA) for page in handout.site.pages if page.path.startswith(AREA)
        ),
        headers=lambda: handout.site.leaving.headers,
        services=services,
        rates=rates,
    )

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        beside = [asyncio.create_task(every_day(handout, settings, intake.forget_unseen))]
        if reload:
            beside.append(asyncio.create_task(watch(handout, settings)))
        try:
            yield
        finally:
            for task in beside:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
            store.close()

    app = Starlette(routes=[*intake.routes(), Route("/{path:path}", handout)], lifespan=lifespan)
    app.router.redirect_slashes = False
    app.state.handout = handout
    return app
