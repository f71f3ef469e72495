"""The report's parts: `report` (the step) puts them together. Nothing here knows AWS.

Reading order: measured, intervals, genres, slices; then drawing, figures (plots as SVG), tables,
boxes, sections, listings, page (HTML). matplotlib and scikit-learn are imported where they are
used.
"""
