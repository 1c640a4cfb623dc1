"""Forms are read as the standard library reads them, only quicker."""

from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.ingest.faults import NotReadable
from services.ingest.reading import payload_from

FORM = {"content-type": "application/x-www-form-urlencoded; charset=UTF-8"}
PARTS = st.sampled_from(
    [b"a", b"b=", b"&", b"=", b"+", b"%", b"%20", b"%3D", b"%C3%BC", b"%c3", b"\n", b" \n", b"_", "ü".encode()]
)


@given(st.dictionaries(st.text(min_size=1), st.text(), min_size=1))
def test_what_a_form_says_is_read_word_for_word(fields):
    assert payload_from(FORM, urlencode(fields).encode()) == fields


@given(st.lists(PARTS, min_size=1, max_size=30).map(b"".join))
@example(b"text=100%25+%2B+%3Cp%3E&text=zwei")
@example(b"rest=5%")
@example(b"a=%0A&b=x%3D%0Ay&c=1 \n2")
def test_it_is_read_as_the_standard_library_reads_it(body):
    try:
        expected = dict(parse_qsl(body.decode(), keep_blank_values=True, errors="strict"))
    except UnicodeDecodeError:
        expected = None
    if expected is None or not body.strip():
        with pytest.raises(NotReadable):
            payload_from(FORM, body)
    else:
        assert payload_from(FORM, body) == expected


def test_more_fields_than_any_article_has_are_no_form():
    with pytest.raises(NotReadable, match="at most 1000 fields"):
        payload_from(FORM, b"&".join(b"f%d=1" % number for number in range(1_001)))
