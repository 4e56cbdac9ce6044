"""4.3 Stop strings in a stream

The package's `until_stop` *pulls*: it asks a generation for its next piece of text. A server is *pushed*: a piece
arrives, and the server must say at once what the reader may see of it. Write a filter that is pushed.

Text is shown up to the first stop string, and never a part of one. So the end of the text so far is held back while
it may be the beginning of a stop string, and nothing else is: with the stop string `\\n\\n`, of `Paris.\\n` the reader
sees `Paris.` at once. If a later piece shows that it was no beginning, the text held back is shown with that piece.
And a piece must not cost more the longer the text before it is. *Correct* (3 points) is that the right text is shown;
that nothing else is held back, and what a piece costs, is *efficient* (1 point).

The *first* stop string is the one that is complete first, character by character; of several that are complete with
the same character, the longest. How the text is cut into pieces makes no difference to what is shown in all.
"""


class StopFilter:
    """What a reader may see of a text that arrives in pieces.

    Parameters
    ----------
    stop_strings : list of str
        None of them empty; the list may be.

    Attributes
    ----------
    stopped : bool
        Whether a stop string is complete. From then on nothing more is shown.

    Raises
    ------
    ValueError
        A stop string is empty, or one string was given instead of a list.

    Examples
    --------
    >>> text = StopFilter(["END"])
    >>> text.push("an E"), text.push("N"), text.push("E")
    ('an ', '', 'EN')
    >>> text.push("ND!"), text.stopped
    ('', True)
    """

    def __init__(self, stop_strings: list[str]) -> None:
        raise NotImplementedError("4.3: write the three methods")

    def push(self, piece: str) -> str:
        """Take the next piece, of any length, perhaps empty.

        Returns
        -------
        str
            What may be shown now, in addition to what was returned before; empty if nothing.
        """
        raise NotImplementedError("4.3: write the three methods")

    def end(self) -> str:
        """The generation has ended by itself: no more pieces will come.

        Returns
        -------
        str
            What was held back and may be shown after all; nothing after a stop string. Called a second time, nothing.

        Notes
        -----
        The text is complete then. What `push` does after `end` is left to you: nobody calls it.
        """
        raise NotImplementedError("4.3: write the three methods")
