"""The book's engine beside others: one model, one job, taken in turn, on one machine.

``engine`` says what an engine must be able to do; one file each lets kvlab, a bare torch loop, transformers and
llama.cpp do it. Every engine runs in a process of its own (``worker``, reached through ``remote``), so that its
threads and its memory are its own. ``comparison`` checks that all write the same tokens and then times them in turn;
``table`` prints what came out and ``study`` is the whole of it, as ``make bench`` runs it.
"""
