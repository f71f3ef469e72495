"""The suite's stages in the order of the table, a module for each part of the pipeline.

A module's STAGES are its rows. Modules import what they measure inside their functions, so that
listing the stages is quick.
"""

from __future__ import annotations

from benchmarks.stage import Stage
from benchmarks.stages import bulk, function, preparing, serving, starting, training

ALL: tuple[Stage, ...] = (
    *preparing.STAGES,
    *training.STAGES,
    *serving.STAGES,
    *bulk.STAGES,
    *function.STAGES,
    *starting.STAGES,
)
