//! A command line as Windows keeps it: written, and taken apart again. Pure, and tested on every system.

/// The words as one line.
pub fn joined<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<String> = words.into_iter().map(quoted).collect();
    words.join(" ")
}

/// As `CommandLineToArgvW` takes apart again: backslashes count only before a quote.
fn quoted(word: &str) -> String {
    if !word.is_empty() && !word.contains([' ', '\t', '"']) {
        return word.to_owned();
    }
    let mut quoted = String::from("\"");
    let mut backslashes = 0;
    for c in word.chars() {
        match c {
            '\\' => backslashes += 1,
            '"' => {
                quoted.push_str(&"\\".repeat(2 * backslashes + 1));
                backslashes = 0;
            }
            _ => {
                quoted.push_str(&"\\".repeat(backslashes));
                backslashes = 0;
            }
        }
        if c != '\\' {
            quoted.push(c);
        }
    }
    quoted.push_str(&"\\".repeat(2 * backslashes));
    quoted.push('"');
    quoted
}

/// Its words, the program first. In the program's own word a backslash stands for itself.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let rest = match line.strip_prefix('"') {
        Some(inner) => {
            let (program, rest) = inner.split_once('"').unwrap_or((inner, ""));
            words.push(program.to_owned());
            rest
        }
        None => {
            let end = line.find([' ', '\t']).unwrap_or(line.len());
            words.push(line[..end].to_owned());
            &line[end..]
        }
    };
    let (mut word, mut is_word, mut quoted, mut backslashes) = (String::new(), false, false, 0);
    for c in rest.chars() {
        if c == '\\' {
            backslashes += 1;
            continue;
        }
        if c == '"' {
            word.push_str(&"\\".repeat(backslashes / 2));
            match backslashes % 2 {
                0 => quoted = !quoted,
                _ => word.push('"'),
            }
            (backslashes, is_word) = (0, true);
            continue;
        }
        if backslashes > 0 {
            word.push_str(&"\\".repeat(backslashes));
            (backslashes, is_word) = (0, true);
        }
        if quoted || !matches!(c, ' ' | '\t') {
            word.push(c);
            is_word = true;
        } else if std::mem::take(&mut is_word) {
            words.push(std::mem::take(&mut word));
        }
    }
    word.push_str(&"\\".repeat(backslashes));
    if is_word || backslashes > 0 {
        words.push(word);
    }
    words
}

/// Whether `install` wrote this line for the service: it runs a program of our file name, as the service of
/// this name. Any other was made by hand, and is its maker's.
pub fn is_ours(line: &str, program: &str, name: &str) -> bool {
    let words = words(line);
    let theirs = words.first().map_or("", |path| file_name(path));
    // Windows tells neither files nor services apart by capitals.
    let is_name = |word: &str| word.eq_ignore_ascii_case(name);
    let as_service = words.windows(2).any(|pair| {
        let [option, value] = pair else { return false };
        option == "--as-service" && is_name(value)
    });
    !program.is_empty() && theirs.eq_ignore_ascii_case(program) && as_service
}

fn file_name(path: &str) -> &str {
    path.rsplit(['\\', '/']).next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_as_windows_takes_it_apart() {
        for (word, written) in [
            ("serve", "serve"),
            ("", r#""""#),
            (r"C:\liaison", r"C:\liaison"),
            (r"C:\a b\liaison.exe", r#""C:\a b\liaison.exe""#),
            (r"C:\a b\", r#""C:\a b\\""#),
            (r#"say "hi""#, r#""say \"hi\"""#),
            (r#"a\\"b"#, r#""a\\\\\"b""#),
        ] {
            assert_eq!(quoted(word), written);
        }
    }

    #[test]
    fn a_line_comes_apart_as_it_was_put_together() {
        let program = r"C:\Program Files\liaison.exe";
        for arguments in [
            &["serve"][..],
            &["--home", r"C:\a b\", "serve", "--as-service", "liaison"],
            &[
                "",
                r"C:\",
                r#"say "hi""#,
                r#"a\\"b"#,
                r"\\server\share",
                "x",
            ],
            &[],
        ] {
            let all: Vec<&str> = std::iter::once(program)
                .chain(arguments.iter().copied())
                .collect();
            assert_eq!(words(&joined(all.iter().copied())), all);
        }
        for (line, apart) in [
            (r"C:\liaison.exe  serve ", &[r"C:\liaison.exe", "serve"][..]),
            (
                r#""C:\a b\liaison.exe" serve"#,
                &[r"C:\a b\liaison.exe", "serve"],
            ),
            ("", &[""]),
        ] {
            assert_eq!(words(line), apart);
        }
    }

    #[test]
    fn a_service_is_ours_when_its_line_says_that_it_runs_as_one() {
        for (line, ours) in [
            (
                r#""C:\Program Files\liaison.exe" --home "C:\x y" serve --listen 127.0.0.1:4020 --as-service liaison"#,
                true,
            ),
            (
                r"D:\Old\LIAISON.EXE --home C:\x serve --as-service Liaison",
                true,
            ),
            // By hand: another program around ours, another name, no word of a service.
            (r"C:\nssm.exe liaison.exe serve --as-service liaison", false),
            (r"C:\liaison.exe serve --as-service liaison-two", false),
            (r"C:\liaison.exe --home C:\x serve", false),
            (r#"C:\liaison.exe serve "--as-service liaison""#, false),
            (r"C:\liaison.exe serve --as-service", false),
            ("", false),
        ] {
            assert_eq!(is_ours(line, "liaison.exe", "liaison"), ours, "{line}");
        }
        assert!(!is_ours("", "", ""));
    }
}
