"""``latido report``: what a data folder holds, on one page that works offline.

``figures`` adds up, ``page`` writes the HTML; the charts in it are SVG with the page's own
colours, so one file is readable on dark and on light.
"""

from integrations.report.figures import ReportFigures, figures_of
from integrations.report.page import page

__all__ = ["ReportFigures", "figures_of", "page"]
