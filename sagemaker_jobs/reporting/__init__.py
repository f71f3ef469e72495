"""The report's parts: `report` (the step) puts them together.

Reading order: intervals, genres, slices; then drawing, figures (plots as SVG), tables, sections,
page (HTML). Nothing here knows AWS. matplotlib and scikit-learn are imported where they are used.
"""
