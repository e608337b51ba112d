"""Cases 18 to 24: a newer release comes to one tab, to many, to a reader, and to an app that is never closed."""

from __future__ import annotations

import datetime

import pytest
from playwright.sync_api import BrowserContext, Response

from server.corrections.model import Correction, Corrections
from tests.offline.phones import CHANGED, LOOK, RELEASE, SETTLED, STATE, come, come_and_look, publish, saved
from tests.support.browsers import now_in, until
from tests.support.edge import Edge
from tests.support.faults import Held
from tests.support.running import wait_until
from tests.support.sampling import sample

OWN = "a[data-number='childline-phone']"


def watched(context: BrowserContext) -> list[str]:
    """Errors in any tab from now on: missing assets, and errors of scripts."""
    wrong: list[str] = []

    def look(answer: Response) -> None:
        if answer.status >= 400 and not answer.url.endswith("/corrections.json"):
            wrong.append(f"{answer.status} {answer.url}")

    context.on("response", look)
    context.on("weberror", lambda error: wrong.append(str(error.error)))
    return wrong


def test_18_after_a_deploy_a_reload_is_corrected_and_the_next_page_is_of_the_new_release(
    context: BrowserContext,
    edge: Edge,
) -> None:
    page = saved(context, edge, "/help/talk")
    old = page.evaluate(RELEASE)
    publish(edge, "anew")
    withdrawn = Correction.model_validate({"number": "childline-phone", "withdrawn": True})
    edge.publish_corrections(edge.signed(Corrections(seq=1, correction=(withdrawn,))))
    page.reload()
    page.wait_for_function(f'() => !document.querySelector("{OWN}").hasAttribute("href")')
    assert page.evaluate(RELEASE) == old, "the page itself is of the saved release"
    until(page, SETTLED, old)  # the browser's own check
    page.reload()
    assert page.evaluate(RELEASE) != old
    assert page.inner_text("h1").endswith(" anew")
    page.wait_for_function(f'() => !document.querySelector("{OWN}").hasAttribute("href")')


def test_19_old_and_new_tabs_each_find_all_their_assets(
    context: BrowserContext,
    edge: Edge,
) -> None:
    """A tab of the old release and one of the next find all their assets, also without a server."""
    old = saved(context, edge, "/help/talk")
    wrong = watched(context)
    first = old.evaluate(RELEASE)
    publish(edge, "anew")
    old.evaluate(CHANGED)
    new = context.new_page()
    new.goto(edge.url + "/help/talk")
    second = new.evaluate(RELEASE)
    assert first != second
    edge.stop()
    for page, release, ending in ((old, first, False), (new, second, True)):
        page.bring_to_front()
        page.locator("summary").first.click()
        page.get_by_role("button", name="Copy").first.wait_for()  # a script that is imported only now
        assert page.evaluate(RELEASE) == release
        assert page.inner_text("h1").endswith(" anew") is ending
        for name in page.evaluate("() => performance.getEntriesByType('resource').map((each) => each.name)"):
            if "/assets/" in name:
                assert page.evaluate("(name) => fetch(name).then((answer) => answer.status)", name) == 200
    old.goto(edge.url + "/help")
    assert old.evaluate(RELEASE) == second, "each tab has the new release at its next page"
    assert wrong == []
    edge.start()


def test_20_no_open_page_reloads_and_leaving_works_throughout(
    context: BrowserContext,
    edge: Edge,
) -> None:
    page = saved(context, edge, "/search")
    page.locator("input").first.fill("hotel")
    page.evaluate("() => { window.same = true; scrollTo(0, 40); }")
    shown: list[str] = []
    page.on("framenavigated", lambda frame: shown.append(frame.url))
    for word in ("anew", "once more"):
        publish(edge, word)
        page.evaluate(CHANGED)
    assert page.evaluate("() => fetch('/healthz').then(() => [window.same, scrollY])") == [True, 40]
    assert page.locator("input").first.input_value() == "hotel"
    assert shown == []
    page.click("#leave")
    page.wait_for_url("**/neutral")
    assert page.locator("#start").is_visible()


def test_21_a_page_gets_no_style_or_script_of_another_release(
    context: BrowserContext,
    edge: Edge,
) -> None:
    """An old page from a cache with a new worker, and the other way round."""
    page = saved(context, edge)
    old = page.evaluate(RELEASE)
    names = page.evaluate("() => Array.from(document.scripts, (script) => script.src).filter(Boolean)")
    publish(edge, "anew")
    page.evaluate(CHANGED)
    assert page.locator('link[rel="stylesheet"]').count() == 0
    for name in names:
        assert page.evaluate("(name) => fetch(name).then((answer) => answer.status)", name) == 200
    caches = page.evaluate("() => caches.keys()")
    assert f"pages-{old}" in caches, "the previous release stays while a page of it is open"
    assert len([name for name in caches if name.startswith("pages-")]) == 2
    publish(edge, "once more")
    page.evaluate(CHANGED)
    page.goto(edge.url + "/help")
    # A worker that takes a long time to delete the oldest release answers pages in the meantime.
    until(page, "async () => (await caches.keys()).filter((name) => name.startsWith('pages-')).length <= 2")


@pytest.mark.parametrize("event", sample(["focus", "online", "pageshow", "visibilitychange"], 0, 4))
def test_22_an_app_that_is_never_closed_has_the_new_release_at_its_next_page(
    context: BrowserContext,
    edge: Edge,
    event: str,
) -> None:
    page = saved(context, edge)
    old = page.evaluate(RELEASE)
    page.evaluate(
        """() => { window.checks = 0; const { update } = ServiceWorkerRegistration.prototype;
        ServiceWorkerRegistration.prototype.update = function () { window.checks += 1; return update.call(this); }; }"""
    )
    publish(edge, "anew")
    come_and_look(page, event)
    assert page.evaluate("() => window.checks") == 0, "the last check was a moment ago"
    page.clock.set_fixed_time(now_in(page) + datetime.timedelta(minutes=6))

    def checks_for_a_release() -> bool:
        come(page, event)  # ignored during a check
        return page.evaluate("() => window.checks") == 1

    wait_until(checks_for_a_release, "a check for a newer release")
    until(page, SETTLED, old)
    come_and_look(page, event)
    assert page.evaluate("() => window.checks") == 1, "and not again for some minutes"
    assert page.evaluate(RELEASE) == old, "no page reloads"
    page.click('a[href="/help"]')
    page.wait_for_url("**/help")
    assert page.evaluate(RELEASE) != old


def test_22_a_hidden_page_sends_no_request(context: BrowserContext, edge: Edge) -> None:
    page = saved(context, edge)
    page.evaluate(
        """() => { window.checks = 0;
        ServiceWorkerRegistration.prototype.update = async () => { window.checks += 1; };
        Object.defineProperty(document, 'hidden', { get: () => true }); }"""
    )
    page.clock.set_fixed_time(now_in(page) + datetime.timedelta(minutes=6))
    come(page, "visibilitychange")
    assert page.evaluate("() => navigator.serviceWorker.ready.then(() => window.checks)") == 0, (
        "leaving hides a page too"
    )


def test_23_no_cache_may_store_the_worker(context: BrowserContext, edge: Edge) -> None:
    answer = edge.ask("/sw.js")
    assert answer.header("Cache-Control") == "no-cache"
    tag = answer.header("ETag") or ""
    assert edge.ask("/sw.js", If_None_Match=tag).status == 304
    publish(edge, "anew")
    assert edge.ask("/sw.js", If_None_Match=tag).status == 200
    page = saved(context, edge)
    assert page.evaluate("() => navigator.serviceWorker.ready.then((r) => r.updateViaCache)") == "none"


def test_24_a_page_that_missed_the_message_reads_the_state_when_it_opens(
    context: BrowserContext,
    edge: Edge,
) -> None:
    page = saved(context, edge)
    words = page.inner_text(STATE)
    old = page.evaluate(RELEASE)
    late = context.new_page()
    late.add_init_script(
        """ServiceWorkerContainer.prototype.addEventListener = () => {};
        Object.defineProperty(ServiceWorkerContainer.prototype, 'onmessage', { set() {} });"""
    )
    late.goto(edge.url + "/help")
    late.wait_for_function(f"() => document.querySelector('{STATE}').textContent")
    assert late.inner_text(STATE) == words
    publish(edge, "anew")
    until(late, f"async (old) => {{ await ({LOOK})(); return ({SETTLED})(old); }}", old)
    late.goto(edge.url + "/help")
    late.wait_for_function(f"() => /^Saved/.test(document.querySelector('{STATE}').textContent)")
    page.goto(edge.url + "/areas")
    page.wait_for_function(f"() => /^Saved/.test(document.querySelector('{STATE}').textContent)")


NAMES = "async () => (await caches.keys()).filter((name) => name.startsWith('pages-'))"
WRITE = "async (name) => (await caches.open(name)).put('/', new Response('half'))"


def test_31_a_release_that_takes_over_deletes_nothing_that_a_third_one_is_writing(
    context: BrowserContext, edge: Edge
) -> None:
    page = saved(context, edge)
    old = page.evaluate(RELEASE)
    page.evaluate(WRITE, "pages-orphan")
    held = Held()
    edge.faults["/pack/en.*"] = held
    publish(edge, "anew")
    page.evaluate(LOOK)
    until(page, "async () => (await caches.keys()).filter((name) => name.startsWith('pages-')).length === 3")
    page.evaluate(WRITE, "pages-third")
    held.released.set()
    until(page, SETTLED.replace("name !== 'pages-' + old", "!['orphan', 'third', old].includes(name.slice(6))"), old)
    until(page, "async () => !(await caches.has('pages-orphan'))")
    names = page.evaluate(NAMES)
    assert names[0] == f"pages-{old}"
    assert names[2:] == ["pages-third"]


def test_18_a_release_that_is_rolled_back_to_becomes_the_newest_again(context: BrowserContext, edge: Edge) -> None:
    page = saved(context, edge)
    first = page.evaluate(RELEASE)
    publish(edge, "anew")
    page.evaluate(CHANGED)
    edge.publish(edge.older)
    page.evaluate(CHANGED)
    assert page.evaluate(NAMES)[-1] == f"pages-{first}"
    page.goto(edge.url + "/outreach/ready")
    page.get_by_text("It is the newest.").wait_for()
