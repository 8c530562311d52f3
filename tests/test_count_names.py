"""The counts behind the oracle of lesson 17."""

from ganedu import shipped
from tests import count_names


def test_each_letter_is_counted_behind_two_others():
    assert count_names.counted(["al", "ala"]) == {
        "^^a": 2, "^al": 2, "al.": 1, "ala": 1, "la.": 1,
    }  # fmt: skip


def test_a_long_name_has_no_end():
    assert "er." not in count_names.counted(["christopher"])


def test_the_counts_in_the_box_are_of_so_many_names():
    told = shipped.recording("names")
    begun = sum(number for three, number in told["counts"].items() if three.startswith("^^"))
    assert f"{begun:,} American first names" in told["what"]
