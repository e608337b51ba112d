"""Corrections: what editors may write, what phones get, and that only signed corrections count."""

from __future__ import annotations

import base64
import datetime
import json
import re
from collections.abc import Callable
from pathlib import Path

import brotli
import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from server.cli.main import main
from server.content.checks import check_library
from server.content.due import due_by
from server.content.model import Library
from server.content.reader import read_library
from server.corrections.checks import MAX_SIZE
from server.corrections.model import Banner, Correction, Corrections
from server.corrections.signing import KeyTrouble, make_key, public_key, sign, signed_body
from server.corrections.state import (
    LAST_RESORTS,
    correction_state,
    corrections_json,
    find_channel,
    in_force,
    to_json,
)
from server.corrections.writing import as_toml, change
from server.settings import read_settings
from server.site.build import build_site
from tests.support.running import CACHE

DAY = datetime.date
Run = Callable[..., Result]
WITHDRAWN = Correction(number="childline-phone", withdrawn=True)


@pytest.fixture
def run(content: Path, tmp_path: Path) -> Run:
    """`tellsomeone` on a copy of the content, with a data folder of its own."""
    environment = {"TELLSOMEONE_CONTENT": str(content), "TELLSOMEONE_DATA": str(tmp_path / "data")}
    return lambda *arguments: CliRunner().invoke(main, arguments, env=environment)


@pytest.fixture
def keyed(run: Run, content: Path) -> Run:
    """The same, with a key whose public half stands in `site.toml`."""
    made = run("correct", "--make-key")
    assert made.exit_code == 0, made.output
    site = content / "site.toml"
    site.write_text(site.read_text().replace("correction_keys = []\n", made.output))
    return run


def with_corrections(library: Library, *of: Correction, banner: Banner | None = None) -> Library:
    return library.model_copy(update={"corrections": Corrections(seq=1, correction=of, banner=banner)})


def test_without_a_key_the_state_is_empty_and_nothing_can_be_signed(library: Library, run: Run) -> None:
    assert json.loads(corrections_json(library)) == {"seq": 0, "numbers": {}}
    refused = run("correct", "childline-phone", "--withdraw")
    assert refused.exit_code == 1
    assert "--make-key" in refused.output


def test_a_key_is_never_overwritten_and_only_its_owner_can_read_it(run: Run, tmp_path: Path) -> None:
    first = run("correct", "--make-key").output
    file = tmp_path / "data" / "corrections.pem"
    assert public_key(file) in first
    assert file.stat().st_mode & 0o777 == 0o600
    assert "never overwritten" in run("correct", "--make-key").output
    assert public_key(file) in first
    file.write_text("nonsense")
    with pytest.raises(KeyTrouble, match="not a private key"):
        sign("{}", file)


def test_correcting_signs_raises_the_sequence_and_saves_earlier_versions(keyed: Run, content: Path) -> None:
    before = (content / "corrections.toml").read_text()
    done = keyed("correct", "childline-phone", "--withdraw", "--note", "It is being mended.")
    assert done.exit_code == 0, done.output
    assert "childline-phone (Childline, 0800 1111): withdrawn" in done.output
    assert "instead: NSPCC Helpline, 0808 800 5000" in done.output
    assert (content / "corrections-before" / "0000.toml").read_text() == before
    done = keyed("correct", "worcestershire-front-door-phone", "--replace", "01905 822667", "--from", "2026-12-01")
    assert "now 01905 822667" in done.output
    library = read_library(content)
    assert [problem for problem in check_library(library) if "correct" in problem.file] == []

    # Verified without our own code: the bytes before the last field, r and s of 32 bytes each.
    payload, signature = re.fullmatch(r'(.*),"signature":"([^"]+)"\}', library.signed).groups()  # type: ignore[union-attr]
    raw = base64.b64decode(signature)
    point = base64.b64decode(library.site.correction_keys[0])
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    r, s = (int.from_bytes(half, "big") for half in (raw[:32], raw[32:]))
    key.verify(utils.encode_dss_signature(r, s), payload.encode(), ec.ECDSA(hashes.SHA256()))
    assert json.loads(payload + "}") == {
        "seq": 2,
        "numbers": {
            "childline-phone": {
                "instead": ["nspcc-phone", "NSPCC Helpline", "tel:08088005000", "0808 800 5000"],
                "note": "Do not use this number. It is being mended.",
            },
            "worcestershire-front-door-phone": {
                "href": "tel:01905822667",
                "shown": "01905 822667",
                "note": "This number has changed.",
                "from": "2026-12-01",
            },
        },
    }

    done = keyed("correct", "--drop", "childline-phone", "--banner", 'Say "Shropshire".', "--until", "2999-01-01")
    assert done.exit_code == 0, done.output
    corrections = read_library(content).corrections
    assert corrections.seq == 3
    assert [correction.number for correction in corrections.correction] == ["worcestershire-front-door-phone"]
    assert corrections.banner == Banner(text='Say "Shropshire".', until=DAY(2999, 1, 1))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["chidline-phone", "--withdraw"], "childline-phone"),
        (["childline-phone"], "say what to do with 'childline-phone'"),
        (["childline-phone", "--withdraw", "--replace", "0800 1112"], "not both"),
        (["childline-phone", "--replace", "0800 ASK"], "not a phone number"),
        (["childline-phone", "--replace", "01905 8226"], "not a UK phone number"),
        (["childline-phone", "--note", "Hurry!"], "exclamation mark"),
        (["childline-phone", "--note", "x" * 201], "200"),
        (["999-phone", "--withdraw"], "999 can't be withdrawn"),
        (["999-phone", "--replace", "0800 1111"], "999 can't be withdrawn"),
        (["--withdraw"], "name the number"),
        (["--drop", "childlin-phone"], "there is no correction of 'childlin-phone': there is nothing to drop"),
        (["--drop", "banner"], "there is no correction of 'banner'"),
        (["--banner", "Call 101."], "--until"),
        (["childline-phone", "--withdraw", "--until", "2026-12-01"], "belong to a banner"),
        (["childline-phone", "--note", "Busy.", "--area", "shropshire"], "belong to a banner"),
        (["--from", "2026-12-01"], "--from needs a number or a banner"),
        (["--banner", "Call 101.", "--until", "2026-12-01", "--from", "2026-12-02"], "until lies before from"),
        (["--banner", "Call 101.", "--until", "2026-12-01", "--area", "wales"], "'wales' is not known"),
    ],
)
def test_an_invalid_correction_is_refused_and_changes_nothing(
    keyed: Run, content: Path, arguments: list[str], message: str
) -> None:
    before = {file: file.read_bytes() for file in content.rglob("*.*")}
    refused = keyed("correct", *arguments)
    assert refused.exit_code == 1
    assert message in refused.output
    assert "nothing was changed" in refused.output
    assert {file: file.read_bytes() for file in content.rglob("*.*")} == before


def test_a_key_that_is_not_in_the_content_is_refused(keyed: Run, tmp_path: Path) -> None:
    make_key(tmp_path / "other.pem")
    refused = keyed("correct", "childline-phone", "--withdraw", "--key", str(tmp_path / "other.pem"))
    assert "no phone trusts this key" in refused.output


def test_corrections_changed_by_hand_must_be_signed_again(keyed: Run, content: Path) -> None:
    keyed("correct", "childline-phone", "--withdraw")
    file = content / "corrections.toml"
    file.write_text(file.read_text().replace("childline-phone", "nspcc-phone"))
    checked = keyed("check")
    assert checked.exit_code == 1
    assert "corrections.toml:1: error: changed since it was signed" in checked.output
    assert keyed("correct").exit_code == 0
    assert keyed("check").exit_code == 0
    signed = content / "corrections.json"
    signed.write_text(signed.read_text().replace("nspcc-phone", "childline-phone"))
    assert "corrections.json:1: error: no key of site.toml signed this" in keyed("check").output


def test_a_number_that_is_no_longer_in_the_content_can_only_be_withdrawn(content: Path) -> None:
    file = content / "corrections.toml"
    levels = {}
    for line in ("withdrawn = true", 'replaced_by = "01905 822667"', 'note = "Closed."'):
        file.write_text(f'[[correction]]\nnumber = "long-gone"\n{line}\n')
        library = read_library(content)
        problems = [problem for problem in check_library(library) if "long-gone" in problem.message]
        levels[line.split()[0]] = [(problem.line, problem.level) for problem in problems]
        state = correction_state(library)["numbers"]["long-gone"]
        assert state.get("stays") is (True if "note" in line else None)
    assert levels == {"withdrawn": [(2, "warning")], "replaced_by": [(2, "error")], "note": [(2, "error")]}


def test_only_the_exact_bytes_that_one_of_the_keys_signed_are_accepted(tmp_path: Path) -> None:
    one, other = (make_key(tmp_path / f"{name}.pem") for name in ("one", "other"))
    body = to_json({"seq": 1, "numbers": {"a": {"note": 'Say ","signature":"" twice.'}}})
    text = sign(body, tmp_path / "one.pem")
    assert json.loads(text)["seq"] == 1
    assert signed_body(text, [one]) == signed_body(text + "\n", [other, one]) == body
    for wrong in (text.replace("twice", "thrice"), text[:-9] + text[-8:], body, "", "{}", text + "x"):
        assert signed_body(wrong, [one]) is None, wrong
    assert signed_body(text, [other]) is None
    assert signed_body(text, []) is None


def test_the_alternative_is_the_nearest_number_that_is_not_corrected(library: Library) -> None:
    def instead(*numbers: str) -> str | None:
        withdrawn = (Correction(number=number, withdrawn=True) for number in numbers)
        state = correction_state(with_corrections(library, *withdrawn))
        alternative: str | None = state["numbers"][numbers[0]].get("instead", [None])[0]
        return alternative

    assert instead("worcestershire-front-door-phone") == "worcestershire-out-of-hours-phone"
    assert instead("worcestershire-front-door-phone", "worcestershire-out-of-hours-phone") == "nspcc-phone"
    every = [channel.id for contact in library.contacts for channel in contact.channels]
    assert instead(*every) is None
    assert {find_channel(library, f"{name}-phone") is not None for name in LAST_RESORTS} == {True}


def test_phones_get_no_more_than_four_kilobytes(library: Library, tmp_path: Path) -> None:
    every = [channel.id for contact in library.contacts for channel in contact.channels]
    for half in (every, every[::2]):
        withdrawn = (Correction(number=number, withdrawn=True) for number in half)
        body = to_json(correction_state(with_corrections(library, *withdrawn)))
        make_key(tmp_path / f"{len(half)}.pem")
        assert len(brotli.compress(sign(body, tmp_path / f"{len(half)}.pem").encode())) <= MAX_SIZE


def test_written_corrections_are_read_back_unchanged(content: Path) -> None:
    new = change(Corrections(seq=4), Correction.model_validate({"number": "a", "note": 'é "\\', "from": "2026-12-01"}))
    new = change(new, banner=Banner(text="Call 101.", until=DAY(2026, 12, 2), area="shropshire"))
    (content / "corrections.toml").write_text(as_toml(new))
    assert read_library(content).corrections == new
    assert new.seq == 6
    (content / "corrections.toml").unlink()
    assert read_library(content).corrections == Corrections()


def test_every_page_is_built_with_the_corrections_from_their_day_on(library: Library) -> None:
    replaced = Correction.model_validate(
        {"number": "worcestershire-front-door-phone", "replaced_by": "01905 822667", "from": "2026-12-01"}
    )
    banner = Banner(text="Lines are down.", until=DAY(2026, 12, 5), area="shropshire")
    changed = with_corrections(library, WITHDRAWN, replaced, banner=banner)
    assert in_force(changed, DAY(2026, 11, 30)).keys() == {"childline-phone"}
    settings = read_settings({"TELLSOMEONE_CACHE": str(CACHE)})
    site = build_site(changed, settings, DAY(2026, 12, 1))
    every = {page.path: page.body.decode() for page in site.pages} | {"sw.js": site.resources["/sw.js"].body.decode()}
    for path, text in every.items():
        assert "tel:08001111" not in text, path
        assert "01905 822666" not in text, path
        assert not re.search(r'<svg[^>]*data-number="childline-phone"', text), path
    assert 'href="tel:01905822667"' in every["/areas/worcestershire"]
    assert "Lines are down." in every["/areas/shropshire"]
    assert "Lines are down." not in every["/areas/worcestershire"]
    later = build_site(changed, settings, DAY(2026, 12, 6)).resources["/areas/shropshire"].body.decode()
    assert "Lines are down." not in later


def test_a_number_is_drawn_as_its_correction_wants_it(library: Library, tmp_path: Path) -> None:
    note = Correction(number="999-phone", note=r'Say \1 <b> & "x".')
    changed = with_corrections(library, WITHDRAWN, note, banner=Banner(text=r"<\g<0>>", until=DAY(2026, 12, 5)))
    settings = read_settings({"TELLSOMEONE_CACHE": str(tmp_path)})
    before = build_site(library, settings, DAY(2026, 12, 1))
    site = build_site(changed, settings, DAY(2026, 12, 1))
    help_page = site.resources["/help"].body.decode()
    below = r'<p class="corrected">Say \1 &lt;b&gt; &amp; &#34;x&#34;.</p>'
    assert re.search(rf'<a class="[^"]+" href="tel:999" data-number="999-phone">.*?</a>{re.escape(below)}', help_page)
    assert r'<p id="urgent" class="banner" role="alert">&lt;\g&lt;0&gt;&gt;</p>' in help_page
    instead = 'Instead: <a href="tel:08088005000" data-number="nspcc-phone">NSPCC Helpline <b>0808 800 5000</b></a></p>'
    shown = site.resources["/outreach/show"].body.decode()
    assert (
        f'<a data-number="childline-phone">0800 1111</a><p class="corrected">Do not use this number. {instead}' in shown
    )
    assert 'role="alert"' not in site.not_found.body.decode()
    assert build_site(library, settings, DAY(2026, 12, 1)) == before, "the cache tells the two apart"


def test_tasks_are_listed_when_they_are_due(library: Library, run: Run) -> None:
    found = DAY(2026, 11, 23)
    assert {contact.found for contact in library.contacts} == {found}
    banner = with_corrections(library, banner=Banner(text="Lines are down.", until=DAY(2026, 12, 5)))
    assert due_by(banner, DAY(2026, 12, 2)) == []
    assert [about for _, about, _ in due_by(banner, DAY(2026, 12, 3))] == ["banner"]
    assert run("check", "--due", "--on", "2026-11-24").output == ""
    month = run("check", "--due", "--on", "2026-12-23").output
    as_json = json.loads(run("check", "--due", "--on", "2026-12-23", "--json").output)
    assert [f"{due['date']} {due['about']}: {due['to_do']}" for due in as_json] == month.splitlines()
    assert "2026-12-23 contact childline: ring it: found on 2026-11-23, never confirmed\n" in month
    assert "read its sources again" not in month
    assert "contact childline: read its sources again" in run("check", "--due", "--on", "2027-02-23").output
