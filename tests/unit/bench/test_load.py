"""Where an answer ends decides how long it seems to take."""

import pytest

from bench.load import end_of_answer, status_in

HEAD = b"HTTP/1.1 202 Accepted\r\nContent-Length: 5\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


@pytest.mark.parametrize("data", [b"", HEAD[:-1], HEAD, HEAD + b"four"], ids=["nothing", "half a head", "head", "cut"])
def test_an_answer_that_is_not_all_there_has_no_end(data):
    assert end_of_answer(data) == 0


def test_an_answer_ends_where_its_length_says():
    assert end_of_answer(HEAD + b"fiver") == len(HEAD) + 5
    assert end_of_answer(b"HTTP/1.1 204 No Content\r\n\r\n") == len(b"HTTP/1.1 204 No Content\r\n\r\n")


def test_a_length_that_an_article_speaks_of_is_not_the_answers():
    data = b"HTTP/1.1 200 OK\r\ncontent-length: 30\r\n\r\n\r\ncontent-length: 999999\r\n 1234"
    assert end_of_answer(data) == data.index(b"\r\n\r\n") + 4 + 30


def test_a_chunked_answer_ends_with_its_empty_chunk():
    whole = CHUNKED + b"3\r\nabc\r\n0\r\n\r\n"
    assert end_of_answer(whole[:-2]) == 0
    assert end_of_answer(whole) == len(whole)


def test_the_status_stands_in_the_first_line():
    assert status_in(HEAD) == 202
