"""The command line, the newsroom on one command, and what operators do by hand.

cli/        every command                 up          three services and a Valkey in one process group
embedded    the Valkey that needs no installing      manuscript  an article as an editor writes it
run         one service, or all in one    running     what a running `up` tells the other commands
demo/       the newsroom that `litfass up` shows     demo_start  how it comes in, once
house       the newsroom that a command is about     operate/    what the commands do
"""

__version__ = "0.1.0"
