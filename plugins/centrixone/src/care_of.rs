//! One line for a person's name in the accounting system, two fields in CentrixOne.

/// Words and marks that show that a line is no plain name of one person.
const NO_NAME: [&str; 9] = [
    "&", "et", "and", "c/o", "a/s", "att", "att.", "attn", "attn:",
];

/// First name and name as one line.
pub fn join(first_name: &str, name: &str) -> String {
    [first_name, name]
        .into_iter()
        .flat_map(str::split_whitespace)
        .collect::<Vec<_>>()
        .join(" ")
}

/// A line as first name and name: split at the last space, or all of it the name where that would be
/// a guess. Joined again it is the same line.
pub fn split(line: &str) -> (String, String) {
    let line = join(line, "");
    let odd_mark = line.contains(|c: char| ",;/()&+\"".contains(c) || c.is_ascii_digit());
    let odd_word = line
        .split(' ')
        .any(|word| NO_NAME.contains(&word.to_lowercase().as_str()));
    match line.rsplit_once(' ') {
        Some((first_name, name)) if !odd_mark && !odd_word => {
            (first_name.to_owned(), name.to_owned())
        }
        _ => (String::new(), line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_split_at_its_last_space_unless_that_is_a_guess() {
        for (line, first_name, name) in [
            ("Julie Tremblay", "Julie", "Tremblay"),
            ("  Jean  Paul Roy ", "Jean Paul", "Roy"),
            ("Tremblay", "", "Tremblay"),
            ("", "", ""),
            ("Tremblay, Julie", "", "Tremblay, Julie"),
            ("Julie et Marc Roy", "", "Julie et Marc Roy"),
            ("Att: comptes 2", "", "Att: comptes 2"),
            ("a/s Julie Roy", "", "a/s Julie Roy"),
            ("Marie-Ève L'Écuyer", "Marie-Ève", "L'Écuyer"),
        ] {
            assert_eq!(
                split(line),
                (first_name.to_owned(), name.to_owned()),
                "{line}"
            );
            assert_eq!(join(first_name, name), join(line, ""), "{line}");
        }
    }
}
