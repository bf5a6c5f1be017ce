"""The pictures of docs/truth.md: small situations, lived through by the engine that runs."""

from integrations.truth_pages.picture import picture_of
from integrations.truth_pages.stories import STORIES, Story, Told, told

__all__ = ["STORIES", "Story", "Told", "picture_of", "told"]
