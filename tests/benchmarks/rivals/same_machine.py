"""The voice machine, built from the very same table in two other ways.

``transitions`` with every session registered as a model, as its documentation shows it, and
python-statemachine with a machine object for each session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from statemachine import State, StateChart
from transitions import Machine

from machines import STATES, TERMINAL, VOICE, VoiceSession

if TYPE_CHECKING:
    from collections.abc import Callable

    from machines import AnySession, Row, Step

__all__ = ["Made", "as_python_statemachine", "as_registered_models", "live_session"]


class Made(NamedTuple):
    """Sessions, what they need besides, and the ``validate`` of each."""

    kept: object
    sessions: list[VoiceSession]
    validates: list[Callable[[Step], object]]


class _Model:
    """A session that a library may hang its own attributes on."""

    def __init__(self, number: int) -> None:
        """Start live."""
        self.session = live_session(number)
        self.state = "confirmed"


def live_session(number: int) -> VoiceSession:
    """Return a confirmed voice session."""
    return VoiceSession(
        id=f"{number:032x}",
        guild_id=900,
        state="confirmed",
        started_at=1_767_045_600_000_000,
        confirmed_at=1_767_045_610_000_000,
        last_seen=1_767_045_600_000_000,
        user_id=number,
        username=f"persona{number}",
        channel_id=500,
        channel_name="General",
    )


def as_registered_models(numbers: range) -> Made:
    """Return one ``transitions`` machine with all sessions as models, and their ``validate``."""
    models = [_Model(number) for number in numbers]
    machine = Machine(
        model=models,
        states=[{"name": state, "final": state in TERMINAL} for state in STATES],
        initial="confirmed",
        auto_transitions=False,
    )
    for row in VOICE.table:
        for source in row.sources:
            machine.add_transition(
                row.trigger,
                source,
                row.dest,
                conditions=[_of_model(guard) for guard in row.when],
                after=[_of_model(action) for action in row.do],
            )
    return Made(
        machine, [model.session for model in models], [_trigger_of(model) for model in models]
    )


def _trigger_of(model: Any) -> Callable[[Step], object]:  # noqa: ANN401 - the library adds it
    return lambda step: model.validate(model, step)


def _event_of(machine: Any) -> Callable[[Step], object]:  # noqa: ANN401 - the class is made here
    return lambda step: machine.validate(step=step)


def _of_model(call: Callable[[AnySession, Step], Any]) -> Callable[[_Model, Step], Any]:
    return lambda model, step: call(model.session, step)


def as_python_statemachine(numbers: range) -> Made:
    """Return a machine object for each session, and their ``validate``."""
    cls = _class_of(VOICE.table)
    machines = [cls(model=_Model(number)) for number in numbers]
    sessions = [machine.model.session for machine in machines]
    return Made(machines, sessions, [_event_of(machine) for machine in machines])


def _class_of(table: tuple[Row, ...]) -> Any:  # noqa: ANN401 - the class is made here
    states: dict[str, State] = {
        name: State(initial=name == "new", final=name in TERMINAL, value=name) for name in STATES
    }
    body: dict[str, Any] = {**states}
    for row in table:
        for source in row.sources:
            target = source if row.dest is None else row.dest
            made = states[source].to(
                states[target],
                internal=row.dest is None,
                cond=[_guard(guard) for guard in row.when],
                on=[_action(action) for action in row.do],
            )
            name = "return_" if row.trigger == "return" else row.trigger
            body[name] = made if name not in body else body[name] | made
    return type("VoiceMachine", (StateChart,), body)


def _guard(guard: Callable[[AnySession, Step], bool]) -> Callable[..., bool]:
    def holds(model: _Model, step: Step) -> bool:
        return guard(model.session, step)

    return holds


def _action(action: Callable[[AnySession, Step], None]) -> Callable[..., None]:
    def act(model: _Model, step: Step) -> None:
        action(model.session, step)

    return act
