"""Every picture of the book is drawn here, by code, so that it can be checked.

====================  ==================================================================
``palette``           the colours, each with a meaning, a dark form and a second mark
``style``             ``chart``: empty axes that look like the book; looks of lines and bars
``labels``            ``label_ends``: names at the ends of lines; margins that fit the words
``inline``            ``show``: a finished chart as inline SVG
``cleaning``          what becomes of matplotlib's SVG on the way
``svg``               elements as text, and their states from frame to frame
``frames``            ``Stepper``: a drawing that the reader steps through, no kernel
``page``              the style sheet and scripts that figures bring along
``diagrams``          the diagrams of chapter 1: ``how_often``, ``where_work_goes``
``one_query``         chapter 0: what a query gathers, and from whom
``three_stores``      chapter 2: a list, concatenation and a buffer
``transaction``       chapter 2: begin, update, advance, or abort
``score_matrix``      chapter 3: the entries that a step computes
``rotated_once``      chapter 3: why a cached key is turned once
``two_regimes``       chapter 4: wide prefill, thin decode
``roofline_figure``   chapter 5: what batching moves, and what it does not
``memory_bill``       chapter 6: weights, cache, activations
``calculator``        chapter 6: the memory calculator without a kernel
``live``              a control where a notebook lives
``cover``             the cover
``numbers``           ``glue_all``: numbers that the prose shows
``words``             how tokens and numbers are written in figures
``quiz``              ``choice`` and ``number``: commit to an answer, then see it
``still``             figures on paper: a few frames, as SVG files (``still_svg``)
``still_words``       questions and the calculator on paper
====================  ==================================================================
"""
