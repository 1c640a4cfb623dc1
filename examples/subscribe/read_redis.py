"""Print a newsroom's events as they come, from Redis: read_redis.py URL [how many]."""

import asyncio
import sys

from litfass.client import subscribe


async def main(url: str, limit: int) -> None:
    """Print `limit` events, or all for ever (0)."""
    count = 0
    async for event in subscribe(url, consumer="example"):
        match event.type:
            case "article.killed" | "article.unpublished":
                print(event.type, event.subject, event.data.reason or "-", flush=True)
            case _:
                print(event.type, event.subject, event.data.url, flush=True)
        count += 1
        if count == limit:
            break


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0))
