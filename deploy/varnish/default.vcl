vcl 4.1;

# Where the services are, and who may purge. Everything else is in litfass.vcl, which stands beside this file; how to
# use both: docs/operations/edge-varnish.md.

# A page server that is away is noticed after two seconds; readers then get what is here, for ten days.
probe ready {
    .url = "/health/ready";
    .interval = 1s;
    .timeout = 1s;
    .window = 3;
    .threshold = 2;
    .initial = 2;
}

backend render { .host = "127.0.0.1"; .port = "8082"; .probe = ready; }
backend ingest { .host = "127.0.0.1"; .port = "8081"; }
backend feed { .host = "127.0.0.1"; .port = "8083"; }

# The hosts where render runs. Never a whole network that also has the proxy in it which speaks TLS with readers.
acl purgers {
    "127.0.0.1";
    "::1";
}

include "litfass.vcl";
