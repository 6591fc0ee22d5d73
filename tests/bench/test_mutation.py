"""How the mutation score is counted, from what mutmut says of each fault."""

from __future__ import annotations

from bench.mutation import JUDGED, judged, results

LISTING = """
    hub.sync.plan.x_create__mutmut_1: killed
    hub.sync.plan.xǁDecisionǁshown__mutmut_2: timeout
    hub.sync.plan.x_level__mutmut_3: survived
    hub.sync.guard.x_judge__mutmut_1: caught by type check
"""


def test_each_fault_is_told_with_what_became_of_it() -> None:
    assert results(f"some words before\n{LISTING}") == {
        "hub.sync.plan.x_create__mutmut_1": "killed",
        "hub.sync.plan.xǁDecisionǁshown__mutmut_2": "timeout",
        "hub.sync.plan.x_level__mutmut_3": "survived",
        "hub.sync.guard.x_judge__mutmut_1": "caught by type check",
    }


def test_the_score_is_that_of_the_modules_the_bar_names() -> None:
    found = judged(results(LISTING))
    assert (found["mutation_score"], found["killed"], found["survived"]) == (0.667, 2, 1)
    assert found["modules"]["hub.sync.guard"] == {"mutation_score": 1.0, "killed": 1, "survived": 0}


def test_a_fault_that_no_test_reaches_counts_against_the_score() -> None:
    for outcome in ("no tests", "survived", "suspicious", "skipped", "not checked"):
        assert judged({"hub.sync.plan.x_create__mutmut_1": outcome})["killed"] == 0


def test_the_bar_is_reached_only_by_every_module_for_itself() -> None:
    good = {f"{module}.x_f__mutmut_{number}": "killed" for module in JUDGED for number in range(10)}
    assert judged(good)["ok"]
    assert not judged({**good, **{f"hub.sync.match.x_g__mutmut_{number}": "survived" for number in range(3)}})["ok"]
    assert not judged({name: outcome for name, outcome in good.items() if "base" not in name})["ok"]
