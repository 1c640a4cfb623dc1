"""The channels, what travels on them, and who begins; the schemas of events come from the contracts."""

from collections.abc import Iterable
from typing import Any, Final

from shared.contracts.subscribers import EVENT_FIELD, REDIS_USER_PREFIX
from shared.contracts.verbs import VERBS, WITHDRAWALS

Json = dict[str, Any]

SITE, REDIS, RECEIVER, CALLBACK = "site", "redis", "receiver", "callback"
_EVENTS: Final = (*(f"Article{verb.capitalize()}" for verb in VERBS), "ArticleEmbargoed")
_WITHDRAWN: Final = tuple(f"Article{verb.capitalize()}" for verb in VERBS if verb in WITHDRAWALS)
_TEXT: Final[Json] = {"type": "string"}


def _ref(*path: str) -> Json:
    return {"$ref": "#/" + "/".join(path)}


def _server(protocol: str, host: str, text: str, **more: Any) -> Json:
    name = host.strip("{}")
    return {
        "host": host,
        "protocol": protocol,
        "description": text,
        "variables": {name: {"description": "Host, and port when it is not the usual one."}},
        **more,
    }


SERVERS: Final[Json] = {
    SITE: _server("https", "{newsroom}", "The site, or wherever the feed service answers."),
    REDIS: _server(
        "redis",
        "{redis}",
        "The newsroom's Redis, for those who are let into its network.",
        security=[_ref("components", "securitySchemes", "redisUser")],
    ),
    RECEIVER: _server("https", "{partner}", "A subscriber's own server, which it named."),
    CALLBACK: _server("https", "{reader}", "A feed reader's own server, which it named at the hub."),
}
SECURITY: Final[Json] = {
    "token": {"type": "http", "scheme": "bearer", "description": "A subscriber's token: `lf_…`."},
    "link": {
        "type": "httpApiKey", "name": "link", "in": "query",
        "description": "Of POST /api/v1/stream/links; opens the stream for a while.",
    },
    "redisUser": {
        "type": "userPassword",
        "description": f"The user `{REDIS_USER_PREFIX}NAME`; its password is the subscriber's token. It can read and "
        "acknowledge its own stream, and nothing else.",
    },
    "standardWebhook": {
        "type": "httpApiKey", "name": "webhook-signature", "in": "header",
        "description": "Standard Webhooks 1.0: HMAC-SHA256 with the secret that was shown once.",
    },
}  # fmt: skip

_TITLES: Final = {
    "published": "An article can be read for the first time, or again",
    "updated": "A public article has other content",
    "corrected": "A public article was wrong, says so, and is right now",
    "unpublished": "An article was taken back and may return",
    "killed": "An article must not be used again, by anyone",
    "moved": "A public article has another address",
    "embargoed": "An article is not public yet; only for those who are trusted with it",
}


def _message(name: str, title: str, schema: str, **more: Any) -> Json:
    return {"name": name, "title": title, "payload": _ref("components", "schemas", schema), **more}


MESSAGES: Final[Json] = {
    **{
        f"Article{verb.capitalize()}": _message(f"article.{verb}", _TITLES[verb], f"Article{verb.capitalize()}")
        for verb in (*VERBS, "embargoed")
    },
    "ArticleTeased": _message(
        "article.*", "What happened to a public article, with what lists show of it", "ArticleTeased"
    ),
    "Gap": _message("gap", "Events were trimmed unread; what they were about follows", "Gap"),
    "Reset": _message("reset", "Load everything again", "Reset"),
    "PullRequest": _message("pull", "Which events, and how long to wait", "PullRequest"),
    "EventsPage": _message("events", "Events, and where to go on", "EventsPage", contentType="application/json"),
    "Entry": _message(
        "entry", "An entry of a stream in Redis", "Entry",
        description="Acknowledge it (XACK) when it is done. The entries of an article that is killed are deleted.",
    ),
    "Delivery": _message(
        "delivery", "One event, signed", "AnyEvent",
        headers=_ref("components", "schemas", "DeliveryHeaders"),
        description="Answer 2xx within 20 seconds. Everything else is tried again; 410 ends it.",
    ),
    "HubRequest": _message(
        "hub.request", "Subscribe to a feed, or no longer", "HubRequest",
        contentType="application/x-www-form-urlencoded",
    ),
    "HubTaken": _message(
        "hub.taken", "Well-formed; the callback is asked afterwards", "Words", contentType="text/plain"
    ),
    "HubQuestion": _message(
        "hub.verification", "Does the callback want it? Answer with `hub.challenge`", "HubQuestion",
        contentType="application/x-www-form-urlencoded",
        description="In the query of a GET request.",
    ),
    "FeedVersion": _message(
        "feed", "A feed's newest version, whole", "Words", contentType="application/atom+xml",
        headers=_ref("components", "schemas", "FeedHeaders"),
        description="RSS 2.0, Atom or JSON Feed, as the topic is.",
    ),
}  # fmt: skip


def _object(properties: Json, *optional: str) -> Json:
    return {
        "type": "object",
        "required": [name for name in properties if name not in optional],
        "properties": properties,
    }


_ANY_EVENT: Final[Json] = {"anyOf": [_ref("components", "schemas", name) for name in (*_EVENTS, "ArticleTeased")]}
_COUNT: Final[Json] = {"type": "integer", "minimum": 0}
SCHEMAS: Final[Json] = {
    "AnyEvent": _ANY_EVENT,
    "Words": _TEXT,
    "Gap": _object({"lost": _COUNT}),
    "Reset": _object({}),
    "PullRequest": _object(
        {
            "after": {"type": "string", "description": "`next` of the answer before; `now`: only what comes."},
            "limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
            "wait": {"type": "integer", "minimum": 0, "maximum": 50, "default": 0, "description": "Seconds."},
        },
        "after", "limit", "wait",
    ),
    "EventsPage": _object(
        {
            "items": {"type": "array", "items": _ref("components", "schemas", "AnyEvent")},
            "next": {"type": "string", "description": "Where to go on; always there."},
            "gap": _object({"lost": _COUNT, "detail": _TEXT}),
        },
        "gap",
    ),
    "Entry": _object({EVENT_FIELD: {"type": "string", "description": "The event, as JSON.",
                                    "contentMediaType": "application/cloudevents+json"}}),
    "DeliveryHeaders": _object(
        {
            "webhook-id": {"type": "string", "description": "The same for every attempt."},
            "webhook-timestamp": {"type": "string", "description": "Seconds since 1970."},
            "webhook-signature": {"type": "string", "description": "`v1,…`; two while a secret is replaced."},
        }
    ),
    "HubRequest": _object(
        {
            "hub.mode": {"enum": ["subscribe", "unsubscribe"]},
            "hub.topic": {"type": "string", "description": "A feed's address, as its `rel=self` says."},
            "hub.callback": {"type": "string", "description": "Where to deliver."},
            "hub.secret": {"type": "string", "maxLength": 199},
            "hub.lease_seconds": _COUNT,
        },
        "hub.secret", "hub.lease_seconds",
    ),
    "HubQuestion": _object(
        {
            "hub.mode": {"enum": ["subscribe", "unsubscribe"]},
            "hub.topic": _TEXT,
            "hub.challenge": _TEXT,
            "hub.lease_seconds": _COUNT,
        },
        "hub.lease_seconds",
    ),
    "FeedHeaders": _object(
        {
            "Link": {"type": "string", "description": "`rel=hub` and `rel=self`."},
            "X-Hub-Signature": {"type": "string", "description": "`sha256=…`, when a secret was given."},
        },
        "X-Hub-Signature",
    ),
}  # fmt: skip


def _channel(address: str | None, server: str, messages: Iterable[str], text: str, **more: Any) -> Json:
    return {
        "address": address,
        "servers": [_ref("servers", server)],
        "messages": {name: _ref("components", "messages", name) for name in messages},
        "description": text,
        **more,
    }


CHANNELS: Final[Json] = {
    "stream": _channel(
        "/api/v1/stream", SITE, (*_EVENTS, "ArticleTeased", "Gap"),
        "Server-sent events of a subscriber: `event` is the message's name, `data` its payload, `id` the place. "
        "`Last-Event-ID` resumes; without it the stream begins now.",
    ),
    "readersStream": _channel(
        "/api/v1/stream", SITE, ("ArticleTeased", *_WITHDRAWN, "Reset"),
        "The same without a token: the public articles of the site, for its readers' pages.",
    ),
    "events": _channel(
        "/api/v1/events", SITE, ("PullRequest", "EventsPage"),
        "A subscriber's events, page by page, with long polling. The request stands in the query.",
    ),
    "out": _channel(
        "litfass:{shard}:out:{name}", REDIS, ("Entry",),
        "A subscriber's own stream in Redis (XREADGROUP; the group `main` is there), for those added with `--direct`.",
        parameters={
            "shard": {"description": "In braces, they belong to the key.", "default": "{s1}"},
            "name": {"description": "The subscriber's name."},
        },
    ),
    "deliveries": _channel(
        None, RECEIVER, ("Delivery",), "Webhooks: every event is POSTed to the address that the subscriber named."
    ),
    "hub": _channel("/hub", SITE, ("HubRequest", "HubTaken"), "The WebSub hub of every feed of ours."),
    "verifications": _channel(None, CALLBACK, ("HubQuestion",), "Whether a callback wants what was asked for."),
    "feeds": _channel(None, CALLBACK, ("FeedVersion",), "Every new version of a feed, POSTed to its subscribers."),
}  # fmt: skip


def _operation(action: str, channel: str, text: str, *, security: Iterable[str] = (), reply: str = "") -> Json:
    names = [name for name in CHANNELS[channel]["messages"] if name != reply]
    whole: Json = {
        "action": action,
        "channel": _ref("channels", channel),
        "summary": text,
        "messages": [_ref("channels", channel, "messages", name) for name in names],
    }
    if security := list(security):
        whole["security"] = [_ref("components", "securitySchemes", name) for name in security]
    if reply:
        whole["reply"] = {
            "channel": _ref("channels", channel), "messages": [_ref("channels", channel, "messages", reply)],
        }  # fmt: skip
    return whole


OPERATIONS: Final[Json] = {
    "streamEvents": _operation("send", "stream", "Events as they come.", security=("token", "link")),
    "streamToReaders": _operation("send", "readersStream", "Teasers as they come."),
    "pullEvents": _operation(
        "receive", "events", "Events when they are asked for.", security=("token",), reply="EventsPage"
    ),
    "writeStream": _operation("send", "out", "Events into a stream of Redis."),
    "deliver": _operation("send", "deliveries", "Events to a subscriber's webhook.", security=("standardWebhook",)),
    "takeHubRequest": _operation("receive", "hub", "Who wants a feed.", reply="HubTaken"),
    "verify": _operation("send", "verifications", "Ask a callback."),
    "distribute": _operation("send", "feeds", "A feed to who wants it."),
}
