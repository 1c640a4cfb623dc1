"""What the services agree on: `contracts` (what travels) and `runtime` (how a service runs).

Rule of entry: two services need it to be *the same thing*. Five lines used twice are duplicated instead.
"""
