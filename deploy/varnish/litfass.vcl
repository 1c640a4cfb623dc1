# What Varnish does in front of the page server. Varnish 7 with varnish-modules (xkey): Debian's packages, or the
# official image. The reasons are in docs/adr/0022-behind-a-cache.md; backends and who may purge in default.vcl.

import std;
import xkey;

sub vcl_recv {
    if (req.method == "PURGE") {
        # Varnish has appended the client itself; a comma says that it came through a proxy, as readers do.
        if (client.ip !~ purgers || req.http.X-Forwarded-For ~ ",") {
            return (synth(403, "Not yours to purge"));
        }
        if (req.http.xkey-purge) {
            set req.http.X-Purged = xkey.purge(req.http.xkey-purge);
        } elseif (req.http.xkey-softpurge) {
            set req.http.X-Purged = xkey.softpurge(req.http.xkey-softpurge);
        } else {
            return (synth(400, "Name what to purge"));
        }
        return (synth(200, "Purged"));
    }

    # Never what a reader says: render would send pages that nobody puts together.
    set req.http.Surrogate-Capability = {"varnish="ESI/1.0""};

    # Not for the outside.
    if (req.url ~ "^/(metrics|admin|health)(/|\?|$)") {
        return (synth(404, "Not found"));
    }

    if (req.url ~ "^/webhooks/" || (req.url ~ "^/preview/" && req.method == "POST")) {
        set req.backend_hint = ingest;
        return (pass);
    }
    if (req.url ~ "^/api/v1/stream") {
        set req.backend_hint = feed;
        return (pipe); # server-sent events: each goes out when it comes
    }
    if (req.url ~ "^/(api/|hub(\?|$))") {
        set req.backend_hint = feed;
        return (pass);
    }

    set req.backend_hint = render;
    if (req.method != "GET" && req.method != "HEAD") {
        return (pass);
    }
    # Pages are the same for everybody: nothing of a reader may split the cache.
    unset req.http.Cookie;
    unset req.http.Authorization;
    if (req.url ~ "^/preview/" || req.url ~ "[?&]ads=why(&|$)" || req.url ~ "^/_ads/.*/click/") {
        return (pass); # rendered anew, or counted, each time
    }
    set req.url = regsub(req.url, "/\?.*$", "/");

    # While the page server is well an old page goes out for a minute at most, while the new one is fetched; while it is
    # not, or has just failed (a restart, see vcl_deliver), for as long as the page may be kept.
    if (req.restarts == 0 && std.healthy(req.backend_hint)) {
        set req.grace = 60s;
    }
    return (hash);
}

sub vcl_backend_response {
    if (beresp.status >= 500) {
        if (bereq.is_bgfetch) {
            return (abandon); # the old page stays
        }
        set beresp.uncacheable = true;
        set beresp.ttl = 0s;
        return (deliver);
    }
    if (beresp.http.Surrogate-Control ~ "ESI/1.0") {
        set beresp.do_esi = true;
        set beresp.http.X-Put-In = "1";
    }
    unset beresp.http.Surrogate-Control;
    unset beresp.http.Set-Cookie;
    if (beresp.http.Surrogate-Key) {
        set beresp.http.xkey = beresp.http.Surrogate-Key;
    }
    if (beresp.ttl > 0s) {
        set beresp.grace = 10d;
    }
    if (beresp.http.Content-Type ~ "^(text/|application/([a-z]+\+)?(xml|json|javascript)|image/svg)") {
        set beresp.do_gzip = true;
    }
}

sub vcl_deliver {
    if (resp.status >= 500 && req.restarts == 0 && (req.method == "GET" || req.method == "HEAD")
        && req.backend_hint == render) {
        return (restart); # once more, this time an old page will do
    }
    if (resp.http.X-Put-In) {
        unset resp.http.ETag; # the shell's: it would lie about the fragments
    }
    unset resp.http.X-Put-In;
    unset resp.http.xkey;
    unset resp.http.Surrogate-Key;
    unset resp.http.Cache-Tag;
    # For caches, not for browsers: nobody could purge those.
    if (resp.http.Cache-Control ~ "s-maxage") {
        set resp.http.Cache-Control = regsub(resp.http.Cache-Control, ", s-maxage=.*$", "");
        unset resp.http.Age;
    }
    unset resp.http.X-Varnish;
    unset resp.http.Via;
}

sub vcl_synth {
    if (req.method == "PURGE") {
        set resp.http.X-Purged = req.http.X-Purged;
        synthetic(resp.reason);
        return (deliver);
    }
}
