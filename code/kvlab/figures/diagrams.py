"""The book's diagrams, each drawn by a function from what was counted."""

from kvlab.figures.how_often import how_often
from kvlab.figures.where_work_goes import where_work_goes

__all__ = ["how_often", "where_work_goes"]
