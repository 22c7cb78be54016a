"""A pytest plugin for CI (``-p tests.support.no_skips``): a run in which anything was skipped has failed.

A skipped browser or PostgreSQL test looks green and has shown nothing. Expected failures (``xfail``) are no skips.
"""

import pytest

skipped: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail"):
        skipped.append(f"{report.nodeid}: {_reason(report.longrepr)}")


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.skipped:
        skipped.append(f"{report.nodeid}: {_reason(report.longrepr)}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    if skipped and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if skipped:
        terminalreporter.section("skipped, which this run does not allow", red=True, bold=True)
        for line in skipped:
            terminalreporter.line(line)


def _reason(longrepr: object) -> str:
    """The words given to ``pytest.skip``, which pytest keeps behind the file and the line."""
    return str(longrepr[2]) if isinstance(longrepr, tuple) else str(longrepr)
