"""The parts of the report's page; the step `report` combines them. Nothing here knows AWS.

Reading order: measured, genres, slices; drawing and figures (plots as SVG); tables; sections and
listings (values); page.html (words) and page. Needs requirements-dev.txt.
"""
