"""The tests. A package of this name, since a dependency installs one called `tests` too."""
