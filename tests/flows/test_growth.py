"""What the benchmarks that look for growth call growth."""

from benchmarks import serving, soak


def of_day(day: int, mb: float, files: int, runs: int) -> soak.Sample:
    return soak.Sample(day, 12 * day, mb, files, 280, 25, 10 + day / 2, 36, 100 * day, 50, 1_800, runs)


def test_a_month_that_settles_is_well_and_one_that_leaks_is_not() -> None:
    days = range(1, 31)
    assert soak.judge([of_day(day, 250 + day, 19, 350 if day > 14 else 25 * day) for day in days]) == []
    leaking = soak.judge([of_day(day, 250 + 10 * day, 19 + 2 * day, 25 * day) for day in days])
    assert [problem.split()[0] for problem in leaking] == ["ours_mb", "ours_files", "prefect_runs"]
    assert soak.judge([of_day(day, 250, 19, 25 * day) for day in days[:10]]) == []  # two weeks are kept


def test_a_serve_that_holds_on_to_a_file_of_each_run_fails() -> None:
    def look(files: int) -> list[str]:
        return serving.judge([serving.Sample(runs, 200, 40 + files * runs, 290, 30) for runs in range(0, 301, 25)])

    assert (look(0), look(1)) == ([], ["serve_files grew by 200"])
