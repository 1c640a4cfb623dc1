"""hub: a WebSub hub for every feed of ours. Source: W3C WebSub.

asking.py       POST /hub: who wants what; answered before it is verified
store.py        requests, subscriptions and the queue, in Redis
watching.py     a feed's file is another one → everybody who wants it is due
sending.py      verify by GET, deliver by POST; retries, leases, signatures

The feed is read when it is delivered: of three changes that come quickly, a slow subscriber gets the last.
"""
