"""An attempt moves one way: what a provider may have is never asked for twice."""

from outreach.attempt import FINAL, IN_FLIGHT, MOVES, State, can_move


def reachable(start: State) -> set[State]:
    found: set[State] = set()
    ahead = [start]
    while ahead:
        for state in MOVES[ahead.pop()] - found:
            found.add(state)
            ahead.append(state)
    return found


def test_what_is_unsure_is_never_planned_again() -> None:
    assert State.PLANNED not in reachable(State.UNSURE)
    assert State.PLANNED not in reachable(State.STARTED)
    assert State.STARTING not in reachable(State.UNSURE)


def test_what_is_over_stays_over() -> None:
    assert all(not MOVES[state] for state in FINAL)


def test_every_state_comes_to_an_end() -> None:
    for state in set(State) - FINAL:
        assert reachable(state) & FINAL, state


def test_only_what_nobody_outside_knows_of_is_given_back_or_cancelled() -> None:
    given_back = {state for state in State if can_move(state, State.PLANNED)}
    cancelled = {state for state in State if can_move(state, State.CANCELLED)}

    assert given_back == {State.CLAIMED, State.STARTING}
    assert cancelled == {State.PLANNED} | given_back


def test_in_flight_is_all_that_is_neither_waiting_nor_over() -> None:
    assert set(State) - FINAL - {State.PLANNED} == IN_FLIGHT
