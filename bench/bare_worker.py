"""The floor's worker process: read a batch, render one template, SET, ZADD, acknowledge. Raw redis-py, blocking."""

import json
import sys
from typing import Any

from minijinja import Environment
from redis import Redis

from bench.bare_web import PAGE, STREAM

GROUP = "bare"
BATCH = 200
TEMPLATE = """<!doctype html>
<html lang="de"><head><meta charset="utf-8"><title>{{ headline }}</title>
<meta name="description" content="{{ standfirst }}"></head>
<body><article><h1>{{ headline }}</h1><p class="standfirst">{{ standfirst }}</p>
<p>Von {% for author in authors %}{{ author.name }}{% endfor %}
· <time datetime="{{ published_at }}">{{ published_at }}</time></p>
{{ body|safe }}
<ul>{% for tag in tags %}<li>{{ tag }}</li>{% endfor %}</ul></article></body></html>
"""


def main(redis_url: str) -> None:
    client: Any = Redis.from_url(redis_url, protocol=2)
    client.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
    environment = Environment(templates={"article.html": TEMPLATE})
    while True:
        answer = client.xreadgroup(GROUP, "one", {STREAM: ">"}, count=BATCH, block=1000)
        if not answer:
            continue
        pipe = client.pipeline(transaction=False)
        ids = []
        for id_, fields in answer[0][1]:
            article = json.loads(fields[b"article"])
            page = environment.render_template("article.html", **article)
            pipe.set(f"{PAGE}/{article['section']}/{article['slug']}/", page.encode())
            pipe.zadd("bare:recent", {article["id"]: int(id_.partition(b"-")[0])})
            ids.append(id_)
        pipe.xack(STREAM, GROUP, *ids)
        pipe.execute()


if __name__ == "__main__":
    main(sys.argv[1])
