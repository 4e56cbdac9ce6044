"""Every picture of the book is drawn here, by code, so that it can be checked.

====================  ==================================================================
``palette``           the colours, each with a meaning, a dark form and a second mark
``style``             ``chart``: empty axes that look like the book; looks of lines and bars
``labels``            ``label_ends``: names at the ends of lines; margins that fit the words
``inline``            ``show``: a finished chart as inline SVG (and PDF on paper)
``cleaning``          what becomes of matplotlib's SVG on the way
``svg``               elements as text, and their states from frame to frame
``frames``            ``Stepper``: a drawing that the reader steps through, no kernel
``page``              the style sheet and scripts that figures bring along
``diagrams``          the book's diagrams: ``how_often``, ``where_work_goes``
``cover``             the cover
``numbers``           ``glue_all``: numbers that the prose shows
``words``             how tokens and numbers are written in figures
``quiz``              ``choice`` and ``number``: commit to an answer, then see it
====================  ==================================================================
"""
