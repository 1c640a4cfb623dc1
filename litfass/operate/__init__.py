"""What an operator does by hand, one matter a file: each takes an open `House` and gives rows that can be printed.

why      an article's timeline            check    configuration, Redis, files = documents
publish  an article from a file; retract: take one back for good; release: lift that
rebuild  lists, pages, feeds anew         dead     the parked messages
tail     follow a stream                  rejected the refused deliveries
send     play a CMS                       verify_delivery  why is a recorded delivery refused?
"""
