"""The pictures of docs/truth.md: small situations, lived through by the engine that runs."""

from integrations.truth_pages.picture import picture_of
from integrations.truth_pages.step_by_step import StepTaken, steps_of_a_stay
from integrations.truth_pages.stories import STORIES, Story, Told, told

__all__ = ["STORIES", "StepTaken", "Story", "Told", "picture_of", "steps_of_a_stay", "told"]
