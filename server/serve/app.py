"""Builds the web application from settings and a `Site`. Nothing here is global."""

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from server import clock
from server.addresses import ALERTS
from server.alerts.rates import Rates
from server.alerts.services import PushServices
from server.alerts.store import REQUEST, Store
from server.alerts.subscriptions_api import SubscriptionsApi
from server.alerts.vapid import Keyring
from server.content.model import Library
from server.serve.background import each_day, supervised
from server.serve.pages import SiteApp
from server.serve.proxies import BehindProxies
from server.serve.publisher import Publisher
from server.serve.reply import Reply
from server.settings import KEYS, Settings
from server.site.resource import Site

AREA = "/areas/"


class App:
    """An ASGI app: the subscriptions API below `/alerts/`, and the pages everywhere else."""

    def __init__(self, pages: SiteApp, alerts: Starlette, proxies: Sequence[str]) -> None:
        """`alerts` also runs the background tasks. Only it uses client addresses, so only it is behind `proxies`."""
        self.pages, self.alerts = pages, alerts
        alerts.router.redirect_slashes = False
        alerts.router.default = pages
        self._alerts = BehindProxies(alerts, proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (self.pages if _is_for_pages(scope) else self._alerts)(scope, receive, send)

    def reply_at_once(self, scope: Scope) -> Reply | None:
        """The reply to a request for a page; None if the app has to be called instead."""
        return self.pages.reply(scope) if _is_for_pages(scope) else None


def _is_for_pages(scope: Scope) -> bool:
    return scope["type"] == "http" and not scope["path"].startswith(ALERTS)


def create_app(
    settings: Settings,
    site: Site,
    library: Library | None = None,
    *,
    reload: bool = False,
    services: PushServices | None = None,
    rates: Rates | None = None,
) -> App:
    """The app that serves `site`.

    Given the `library` that the site was built from, the app rebuilds it whenever a dated fact changes and
    compresses it further in the background. With `reload`, it also watches the content folder. `services` and
    `rates` are for tests: no setting can allow another push service.
    """
    site_app = SiteApp(site)
    store = Store(settings.database_url, timeouts=REQUEST, follow=True)
    api = SubscriptionsApi(
        store,
        Keyring(settings.data / KEYS),
        areas=lambda: frozenset(
            page.path.removeprefix(AREA) for page in site_app.site.pages if page.path.startswith(AREA)
        ),
        headers=lambda: site_app.site.leaving.headers,
        services=services,
        rates=rates,
    )

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        tasks: dict[str, Callable[[], Awaitable[None]]] = {
            "forgetting subscriptions": functools.partial(each_day, api.remove_unseen, clock.today)
        }
        if library or reload:
            publisher = Publisher(site_app, library, settings)
            tasks |= {"watching the date": publisher.watch_clock, "compressing": publisher.improve}
            if reload:
                tasks["watching the content"] = publisher.watch_content
        running = [asyncio.create_task(supervised(name, run)) for name, run in tasks.items()]
        try:
            yield
        finally:
            for task in running:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
            store.close()

    return App(site_app, Starlette(routes=api.routes(), lifespan=lifespan), settings.proxies)
