"""The command line, the newsroom on one command, and what operators do by hand.

cli         every command                 up          three services and a Valkey in one process group
embedded    the Valkey that needs no installing      manuscript  an article as an editor writes it
demo/       the newsroom that `litfass up` shows
"""

__version__ = "0.1.0"
