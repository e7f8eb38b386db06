import pandas as pd
import pytest

from mlgate.checks.policy_data import RowsMoved, rows_moved

BASE = pd.DataFrame(
    {"id": range(6), "x": [1.0, 2.0, 2.0, 3.0, None, 5.0], "y": ["a", "b", "b", "a", "b", "a"]}
)


def moved(head: pd.DataFrame, *, ids: tuple[str, ...] = (), base: pd.DataFrame = BASE) -> RowsMoved:
    return rows_moved(base, head, target="y", ids=ids)


def counts(found: RowsMoved) -> dict[str, int]:
    names = ("added", "removed", "relabelled", "edited")
    return {name: n for name in names if (n := getattr(found, name))}


def test_the_same_rows_in_another_order_and_type_are_the_same():
    head = BASE.iloc[::-1].reset_index(drop=True).astype({"id": "float64"})[["y", "x", "id"]]
    assert moved(head).none


def test_rows_removed_and_added_are_counted():
    assert counts(moved(BASE.iloc[:4])) == {"removed": 2}
    more = pd.concat([BASE, pd.DataFrame({"id": [9], "x": [9.0], "y": ["a"]})])
    assert counts(moved(more)) == {"added": 1}


def test_a_row_that_stands_twice_counts_twice():
    doubled = pd.concat([BASE, BASE.iloc[:2]])
    assert counts(moved(doubled)) == {"added": 2}
    assert counts(moved(BASE, base=doubled)) == {"removed": 2}


@pytest.mark.parametrize("ids", [(), ("id",)])
def test_another_label_and_an_edited_value_are_told_apart(ids):
    head = BASE.copy()
    head.loc[0, "y"] = "b"
    head.loc[3, "x"] = 4.0
    assert counts(moved(head, ids=ids)) == {"relabelled": 1, "edited": 1}


def test_an_edited_row_is_found_by_its_id_where_rows_moved():
    head = BASE.iloc[[5, 4, 3, 2]].copy()
    head.loc[5, "x"] = 7.0
    assert counts(moved(head, ids=("id",))) == {"edited": 1, "removed": 2}


def test_a_column_on_one_side_is_named_and_no_row_is_the_same_row_less():
    found = moved(BASE.assign(z=1))
    assert found.columns == ("z",)
    assert not found.none
    assert found.sentence == "6 → 6 rows: columns on one side alone: z"


def test_no_rows_left_is_everything_removed():
    assert counts(moved(BASE.iloc[:0])) == {"removed": 6}
