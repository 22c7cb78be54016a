"""A pytest plugin for CI (``-p tests.support.no_skips``): a run in which anything was skipped has failed.

A skipped browser or PostgreSQL test looks green and has shown nothing. Expected failures (``xfail``) are no skips.
Tests on the large real files say ``LB_TEST_DATA_DIR`` when they skip, and may, as long as it names no folder.
"""

import os

import pytest

DATA_VARIABLE = "LB_TEST_DATA_DIR"
skipped: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if not hasattr(report, "wasxfail"):
        _note(report)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    _note(report)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if skipped and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if skipped:
        terminalreporter.section("skipped, which this run does not allow", red=True, bold=True)
        for line in skipped:
            terminalreporter.line(line)


def _note(report: pytest.TestReport | pytest.CollectReport) -> None:
    if not report.skipped:
        return
    # pytest keeps the words given to ``pytest.skip`` behind the file and the line.
    reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
    if DATA_VARIABLE not in reason or os.environ.get(DATA_VARIABLE):
        skipped.append(f"{report.nodeid}: {reason}")
