"""ingest: turn a newsroom's webhook into one change of an article, and one signal on the articles stream.

    webhook.py   HTTP in; calls the steps below, in this order; outcome → status code
      reception.py which source, from where, read, proved    request → bytes → Verified
      guards.py    who may knock, and how often              address → yes | no
      reading.py   size, type, JSON                          request → bytes → payload
      verify/      is it really from the newsroom?           Delivery → Verified
      adapt/       one vendor's payload → our draft          payload → Draft | Ignored   (draft.py)
      first.py     the first publication's date, for CMSs that do not say it
      accept.py    ids, revision, section, wished-for paths  Draft → Candidate; then the store → Acceptance
      answers.py   what the CMS is told                      Acceptance → JSON
    schedule.py  what was taken for later appears, and what has an end vanishes, at its second
    retractions.py  what was killed is proved to be gone: shared's places.py says where to look, its edge.py looks
    preview.py   a draft to be looked at before it is published: verify, adapt, and kept for an hour beside the store
    batch.py     the same steps for many payloads, one a line, to the lane that never delays news
    events.py    CloudEvents: one or a list of them, and the handshake
    sources.py   every source ready to take deliveries
    openapi/     what all of this answers, for `/openapi.json` and `/docs`; made from what answers it
    reconcile/   most CMSs never send again: their list against ours, through the same adapt and accept
    vendors.py   which vendor proves and says what how; adapters of one's own (vendor.py) are found there
    manners.py   what each CMS makes of our answers
    conformance.py   what every vendor promises, as tests for ours and for others'
    rejected.py  what was refused, kept for a week; masking.py: without secrets and people; replay.py: once more
    diagnose.py  why is this one refused? for people; mistakes.py: what senders sign by mistake
    faults.py    what can be wrong with a delivery; problems.py: every fault as problem+json
    space.py     is there room on the disk?

verify and adapt do no I/O and know nothing of each other. app.py builds everything; nothing else reads settings.
"""
