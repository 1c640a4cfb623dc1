"""How a service runs; nothing here knows what a service is for.

settings    litfass.toml, environment, secrets        errors      what becomes of a message
logging     one canonical line a message              metrics     what every service counts
broker      how we talk to Redis                      scripts     Lua beside its caller
articles    the one truth: accept, newest, owner      lists       reading the ordered sets
pagestore   files that readers fetch                  clock       time as an argument
consume     FastStream's batches, kept alive          delivery    what becomes of each message, claims, parking
trim        streams keep what is pending              failpoints  where tests kill
service     three services, one ASGI shape            serve       Granian in the running loop
problems    a fault as problem+json                   timeline    what happened to an article
watch       how far behind each group is              trace       one id from the webhook to the page
previews    drafts that somebody looks at before they are published
schedule    what the clock does to articles           ticks       a piece of work, again and again
quiet       whether news is in hand, so that bulk work gives way
"""
