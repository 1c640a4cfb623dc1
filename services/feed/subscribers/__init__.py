"""subscribers: every partner gets every event that it wants, in order and exactly once, and reads it as it likes.

registry.py      who they are; kept in Redis, known to every running feed with the next event
fanout.py        one reader a shard: signals → references in everybody's streams, with the cursor, in one script
  lease.py         which process does it
  lanes.py         the lanes as one row of signals; kills first
  happenings.py    what a signal stands for: the kept payload, or a withdrawal
  matching.py      whom does it concern?                                 (pure)
outbox.py        reading such a stream: by places, with what was trimmed noticed
  catching_up.py   what was missed, as the newest state of all that changed since
  sending.py       references → events; the text is put in here, so nothing killed is ever sent
  events.py        a reference and its payload as a CloudEvent           (pure)
places.py        where a reader is, as an opaque word that only we can make   (pure)
tokens.py        making tokens, and knowing whose one is                 (pure)
door.py          whose request is it, and may it?
pull.py          GET /api/v1/events, with long polling; following.py: one Redis reader for all who wait
stream.py        GET /api/v1/stream: server-sent events, also of a site for its readers' pages
  links.py         signed links to a stream                             (pure)
  streaming.py     one client, from its place on, at its own pace
  composed.py      what many clients get at the same moment is made once
deliver.py       webhooks out: a queue and a task for each endpoint (queue.lua, settle.lua)
  signing.py       Standard Webhooks                                    (pure)
  judging.py       delivered, again, given up, gone: what becomes of a delivery   (pure)
webhooks.py      the same for operators: endpoints, secrets, the log, replays, receipts for kills
front_desk.py    who they are, by HTTP, for whoever runs the house
self_service.py  what a subscriber may see and do about itself, by HTTP
relay.py         their streams in a Redis of their own, with the text: from here to there, exactly once (relay.lua)
access.py        who reads Redis itself: a user that can do that and nothing else (litfass/client.py is the reader)
ageing.py        streams forget what is too old

desk.py          builds it all
"""
