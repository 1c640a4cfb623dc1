"""What schemathesis has to know of feed and no document can say: what is there, and where nobody is called.

Named by SCHEMATHESIS_HOOKS in tests/integration/test_schemathesis.py.
"""

import os

import schemathesis

ARTICLE = os.environ["LITFASS_TEST_ARTICLE"]
SITE = "kurier"
NOWHERE = "https://127.0.0.1:8443/hook"  # taken, and never called: it is this machine
TOPIC = "https://kurier.example/feed.atom"


@schemathesis.hook
def map_path_parameters(_, path_parameters):
    """Half of the articles and sites that are asked for are there."""
    for name, value in (path_parameters or {}).items():
        if name in {"id", "article"} and len(str(value)) % 2:
            path_parameters[name] = ARTICLE
        if name == "site" and len(str(value)) % 2:
            path_parameters[name] = SITE
    return path_parameters


@schemathesis.hook
def map_query(_, query):
    """Nobody waits for longer than a second."""
    wait = (query or {}).get("wait")
    if isinstance(wait, int) and 1 < wait <= 50:
        query["wait"] = 1
    return query


@schemathesis.hook
def map_body(context, body):
    """No callback leads to another machine; half of the topics are ours."""
    if isinstance(body, dict):
        if isinstance(body.get("url"), str) and body["url"].startswith("http"):
            body["url"] = NOWHERE
        if isinstance(body.get("hub.callback"), str):
            body["hub.callback"] = NOWHERE
        if isinstance(body.get("hub.topic"), str) and len(body["hub.topic"]) % 2:
            body["hub.topic"] = TOPIC
    return body
