"""The queue in front of the broker, without one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from genred.outputs.mqtt.outbox import MAX_ANSWERS, Message, Outbox

TOPICS = st.sampled_from(["a/state", "b/state", "a/genre"])
ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("set"), TOPICS, st.integers(0, 3)),
        st.tuples(st.just("append"), st.just("a/event"), st.integers(0, 1_000)),
        st.tuples(st.just("renew"), st.just(""), st.just(0)),
        st.tuples(st.just("take"), st.just(""), st.just(0)),
        st.tuples(st.just("lose"), st.just(""), st.just(0)),
    ),
    max_size=60,
)


def drain(outbox: Outbox) -> list[Message]:
    taken = []
    while (message := outbox.take()) is not None:
        taken.append(message)
        outbox.settle(message)
    return taken


@given(actions=ACTIONS)
def test_whatever_happens_the_broker_ends_up_with_the_newest_values_and_no_event_is_lost_uncounted(
    actions: list[tuple[str, str, int]],
) -> None:
    outbox = Outbox(5)
    values: dict[str, bytes] = {}
    at_broker: dict[str, bytes] = {}
    appended = arrived = 0

    def receive(message: Message | None) -> None:
        nonlocal arrived
        if message is None:
            return
        outbox.settle(message)
        if message.retain:
            at_broker[message.topic] = message.payload
        else:
            arrived += 1

    for action, topic, value in actions:
        match action:
            case "set":
                values[topic] = str(value).encode()
                outbox.set(topic, values[topic])
            case "append":
                appended += 1
                outbox.append(topic, str(value).encode())
            case "renew":
                outbox.renew()
            case "take":
                receive(outbox.take())
            case _:
                outbox.give_back([message for message in [outbox.take()] if message is not None])
        assert outbox.depth <= 5 + len(values)
    while outbox.depth:
        receive(outbox.take())
    assert at_broker == values
    assert appended == arrived + outbox.dropped


def test_oldest_event_is_dropped_first() -> None:
    outbox = Outbox(2)
    for number in range(4):
        outbox.append("a/event", str(number).encode())
    assert [message.payload for message in drain(outbox)] == [b"2", b"3"]
    assert outbox.dropped == 2


def test_values_come_before_events_and_events_in_order_after_a_lost_connection() -> None:
    outbox = Outbox(10)
    for number in range(3):
        outbox.append("a/event", str(number).encode())
    lost = [message for message in (outbox.take(), outbox.take()) if message is not None]
    outbox.set("a/state", b"jazz")
    outbox.give_back(lost)
    assert [message.payload for message in drain(outbox)] == [b"jazz", b"0", b"1", b"2"]


def test_value_that_is_the_same_is_not_said_again_until_it_is_touched() -> None:
    outbox = Outbox(2)
    outbox.set("a/genre", b"jazz")
    assert len(drain(outbox)) == 1
    outbox.set("a/genre", b"jazz")
    assert drain(outbox) == []
    outbox.touch("a/genre")
    assert drain(outbox) == [Message("a/genre", b"jazz", retain=True)]


def test_removed_topic_is_said_empty_until_the_broker_has_it_and_then_never_again() -> None:
    outbox = Outbox(2)
    outbox.set("a/genre", b"jazz")
    outbox.remove("a/genre")
    empty = outbox.take()
    assert empty == Message("a/genre", b"", retain=True)
    outbox.give_back([empty])
    outbox.renew()
    assert drain(outbox) == [empty]
    outbox.renew()
    assert drain(outbox) == []


def test_removal_that_was_under_way_twice_leaves_nothing_behind() -> None:
    outbox = Outbox(2)
    outbox.remove("a/genre")
    first = outbox.take()
    outbox.renew()
    second = outbox.take()
    assert first is not None
    assert second is not None
    outbox.settle(first)
    outbox.give_back([second])
    assert drain(outbox) == []


def test_answers_never_push_events_out_and_wait_behind_them() -> None:
    outbox = Outbox(3)
    for number in range(3):
        outbox.append("a/event", str(number).encode())
    for number in range(2 * MAX_ANSWERS):
        outbox.answer("a/response", str(number).encode())
    assert outbox.dropped == 0
    taken = drain(outbox)
    assert [message.payload for message in taken[:3]] == [b"0", b"1", b"2"]
    assert len(taken) == 3 + MAX_ANSWERS
    assert taken[-1].payload == str(2 * MAX_ANSWERS - 1).encode()


def test_value_that_comes_last_waits_for_events_too() -> None:
    outbox = Outbox(3)
    outbox.set("large", b"x" * 100, shorter=(b"x",))
    outbox.set("small", b"x")
    outbox.append("a/event", b"1")
    order = []
    while (message := outbox.take(lambda message: len(message.payload) > 10)) is not None:
        order.append(message.topic)
    assert order == ["small", "a/event", "large"]


def test_a_kept_value_is_made_only_when_it_is_published() -> None:
    made: list[int] = []

    def payload(number: int) -> bytes:
        made.append(number)
        return str(number).encode()

    outbox = Outbox(5)
    outbox.set("a/state", b"0")
    assert [message.payload for message in drain(outbox)] == [b"0"]
    for number in range(1, 4):
        outbox.keep("a/state", lambda number=number: payload(number))  # type: ignore[misc]
    assert drain(outbox) == []
    outbox.renew()
    assert [message.payload for message in drain(outbox)] == [b"3"]
    outbox.touch("a/state")
    assert [message.payload for message in drain(outbox)] == [b"3"]
    assert made == [3]


def test_what_is_set_or_removed_goes_before_what_was_kept() -> None:
    outbox = Outbox(5)
    outbox.set("a/state", b"0")
    outbox.keep("a/state", lambda: b"1")
    outbox.set("a/state", b"2")
    assert [message.payload for message in drain(outbox)] == [b"2"]
    outbox.keep("a/state", lambda: b"3")
    outbox.remove("a/state")
    assert [message.payload for message in drain(outbox)] == [b""]
