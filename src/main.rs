//! The goosetop program.

use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(code) = goosetop::demo::stand_in::run_if_asked() {
        return code;
    }
    ExitCode::SUCCESS
}
