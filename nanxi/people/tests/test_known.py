"""Who a full ID number or phone means, for doors that hand in where somebody was: one person's oldest record, or nobody."""

from __future__ import annotations

from nanxi.people.known import known_records
from nanxi.people.tests.county import County, chen, id_of


def test_a_number_or_a_phone_of_one_person_is_known_and_a_shared_phone_is_not(county: County) -> None:
    first, second = county.take(chen(), chen(name="林晓梅", id_no=id_of("19900202", 2), phone="13800000002"))
    county.take(chen(name="林小虎", id_no=id_of("20150303", 3), phone="13800000002"))
    asked = [
        (chen().id_no, ""),
        ("", chen().phone),
        (id_of("19900202", 2), "13800000002"),
        ("", "13800000002"),
        (id_of("19770707", 9), ""),
    ]
    with county.as_officer("gao"):
        assert known_records(asked) == [first, first, second, None, None]
        assert known_records([]) == []
