"""What differs between two versions, said key by key."""

from outreach.document_diff import Difference, differences

BEFORE = {
    "name": "spring",
    "concurrency": 10,
    "rules": [{"id": "late", "then": {"max": 3}}, {"id": "gone", "then": {"max": 1}}],
    "steps": [{"channel": "voice"}],
}


def test_what_is_equal_differs_in_nothing():
    assert differences(BEFORE, dict(BEFORE)) == ()


def test_each_leaf_that_differs_is_named_by_its_path():
    after = {
        "name": "spring",
        "concurrency": 20,
        "rules": [{"id": "new", "then": {"max": 2}}, {"id": "late", "then": {"max": 4}}],
        "steps": [{"channel": "voice"}, {"channel": "whatsapp"}],
        "weight": 2,
    }

    found = {one.path: (one.before, one.after) for one in differences(BEFORE, after)}

    assert found == {
        "concurrency": (10, 20),
        "rules.new": (None, {"id": "new", "then": {"max": 2}}),
        "rules.late.then.max": (3, 4),
        "rules.gone": ({"id": "gone", "then": {"max": 1}}, None),
        "steps.1": (None, {"channel": "whatsapp"}),
        "weight": (None, 2),
    }


def test_a_first_version_differs_as_a_whole():
    assert differences(None, BEFORE) == (Difference(path="document", before=None, after=BEFORE),)


def test_two_items_of_one_name_are_compared_as_one_value():
    before, after = [{"key": "a", "n": 1}, {"key": "a", "n": 2}], [{"key": "a", "n": 3}]

    (found,) = differences({"fields": before}, {"fields": after})

    assert (found.path, found.before, found.after) == ("fields", before, after)
