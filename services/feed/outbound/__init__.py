"""outbound: requests to addresses that somebody else gave us, and that may be meant to hurt.

guard.py     which addresses may be called at all            (pure)
posting.py   one POST: resolved now, guarded, pinned to the address that was checked, bounded in time and bytes
together.py  what one place is told together: taken with a lease, tried again, never forgotten
"""
