"""The carrier's own signer agrees with the validator of the official SDK."""

from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from simulator.signing import sign

TOKEN = "12345"
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(params=st.dictionaries(st.text("abcXYZ09", min_size=1, max_size=8), texts, max_size=8))
def test_every_form_verifies_under_the_official_validator(params: dict[str, str]) -> None:
    url = "https://example.com:8443/webhooks?x=1&y="

    signature = sign(TOKEN, url + "#rc=5&rp=all", params.items())

    assert RequestValidator(TOKEN).validate(url, params, signature)


@given(params=st.dictionaries(st.text("abc", min_size=1, max_size=3), texts, min_size=1))
def test_another_token_or_a_changed_value_does_not_verify(params: dict[str, str]) -> None:
    url = "https://example.com/webhooks"
    signature = sign(TOKEN, url, params.items())
    key = next(iter(params))

    changed = params | {key: params[key] + "!"}

    assert not RequestValidator(TOKEN + "6").validate(url, params, signature)
    assert not RequestValidator(TOKEN).validate(url, changed, signature)
