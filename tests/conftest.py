"""What holds for all tests."""

import signal

# A shell that starts a program in the background lets it ignore Ctrl-C, and its children with it; some tests are about that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
