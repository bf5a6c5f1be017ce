"""Small situations, lived through by the engine: for docs/truth.md and docs/machines.md."""

from integrations.truth_pages.by_hand import CHANGES, Change, played, script_with
from integrations.truth_pages.picture import picture_of
from integrations.truth_pages.step_by_step import StepTaken, steps_of_a_stay
from integrations.truth_pages.stories import STORIES, Story, Told, told

__all__ = [
    "CHANGES",
    "STORIES",
    "Change",
    "StepTaken",
    "Story",
    "Told",
    "picture_of",
    "played",
    "script_with",
    "steps_of_a_stay",
    "told",
]
