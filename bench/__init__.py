"""bench: how fast is it, beside a floor that is measured in the same run?

    bare        what does the work cost with nothing around it?        the floor of `pipeline`
    pipeline    how long until a webhook is a page, and how many articles a second?
    reads       what does a reader's request cost, at the page server and at the edge?
    start       how long until `litfass up` shows a page again?
    schedule    how late is an embargoed article, alone and when a thousand end at the same second?
    partners    what do partners get, how soon, and what does it cost?
    imports     does an import of 50,000 articles delay a breaking one?
    memory      does ingest's memory stay flat over 100,000 deliveries?
    adapt       what does a delivery of each vendor cost before it is stored?
    compose     what does a page cost?
    pages       what does Lighthouse say about our pages on a slow phone?

      measure     medians, percentiles, ratios; pure
      material    articles and signed requests
      load        an HTTP client that leaves most of a core to the others
      house       the newsroom and the floor as processes, on one Valkey
      report      the table, and build/bench.json

`make bench` runs all of them, `python -m bench NAME …` some. Machines differ and are shared; so every number stands
beside a floor, both are measured in rounds that take turns, and what counts is the ratio of the medians. ADR-0010.
"""
