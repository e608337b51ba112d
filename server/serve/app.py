"""The web application: everything reachable from what it is given, nothing global."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.routing import Route

from server.serve.pages import Handout
from server.serve.reload import watch
from server.settings import Settings
from server.site.resource import Site


def create_app(settings: Settings, site: Site, *, reload: bool = False) -> Starlette:
    """The app that hands out `site`; with `reload`, a changed content folder is pressed again behind it."""
    handout = Handout(site)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        watching = asyncio.create_task(watch(handout, settings)) if reload else None
        try:
            yield
        finally:
            if watching:
                watching.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await watching

    app = Starlette(routes=[Route("/{path:path}", handout)], lifespan=lifespan)
    app.router.redirect_slashes = False
    app.state.handout = handout
    return app
