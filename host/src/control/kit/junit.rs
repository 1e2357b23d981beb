//! A report of the kit as JUnit XML, for a vendor's CI.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{KitReport, Verdict};

/// One suite; a check of an entity is a test named after both.
pub fn xml(report: &KitReport) -> String {
    let component = report.component.as_ref();
    let name = component.map_or_else(
        || report.file.clone(),
        |component| format!("{} {}", component.name, component.version),
    );
    let mut suite = TestSuite::new(name);
    for check in &report.checks {
        let status = match check.verdict {
            Verdict::Passed => TestCaseStatus::success(),
            Verdict::Failed => {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                status.set_message(check.reason.clone().unwrap_or_default());
                status
            }
            Verdict::Skipped => {
                let mut status = TestCaseStatus::skipped();
                status.set_message(check.reason.clone().unwrap_or_default());
                status
            }
        };
        let name = match &check.about {
            Some(about) => format!("{}/{about}", check.name),
            None => check.name.clone(),
        };
        let mut case = TestCase::new(name, status);
        case.set_classname("liaison");
        suite.add_test_case(case);
    }
    let mut whole = Report::new("liaison connector test");
    whole.add_test_suite(suite);
    whole.to_string().unwrap_or_default()
}
