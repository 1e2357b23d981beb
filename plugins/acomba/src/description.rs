//! A description of any length, cut into the lines that an Acomba document takes.

/// What one line of a document holds.
pub const LINE_CHARACTERS_MAX: usize = 90;

/// The pieces of a description, each of at most 90 characters, none of them empty.
///
/// A line break of the text stays one; a longer paragraph breaks between words, and a word longer
/// than a line is cut. The text has been through `code_page`, which leaves no combining mark, so a
/// character is never torn from its accent.
pub fn pieces(text: &str) -> Vec<String> {
    text.split(['\n', '\r']).flat_map(wrap).collect()
}

fn wrap(paragraph: &str) -> Vec<String> {
    let clean: String = paragraph
        .chars()
        .map(|c| if c == '\t' { ' ' } else { c })
        .collect();
    let mut rest = clean.trim();
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(cut(rest));
        pieces.push(piece.trim_end().to_owned());
        rest = after.trim_start();
    }
    pieces
}

/// Where the first piece ends, in bytes: at the end, at the last space that leaves it short enough,
/// or in the middle of a word that is longer than a line.
fn cut(text: &str) -> usize {
    let Some((limit, after)) = text.char_indices().nth(LINE_CHARACTERS_MAX) else {
        return text.len();
    };
    match text[..limit + after.len_utf8()].rfind(' ') {
        Some(space) => space,
        None => limit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(text: &str) -> Vec<usize> {
        pieces(text)
            .iter()
            .map(|piece| piece.chars().count())
            .collect()
    }

    #[test]
    fn pieces_end_between_words_where_they_can() {
        let word = |n: usize| "é".repeat(n);
        for (case, text, expected) in [
            ("nothing", String::new(), vec![]),
            ("spaces only", " \t \n ".to_owned(), vec![]),
            ("exactly a line", word(90), vec![90]),
            ("one more, one word", word(91), vec![90, 1]),
            (
                "two and a half lines of one word",
                word(225),
                vec![90, 90, 45],
            ),
            (
                "a space right after the line",
                format!("{} b", word(90)),
                vec![90, 1],
            ),
            (
                "the border within a word",
                format!("{} {}", word(60), word(40)),
                vec![60, 40],
            ),
            (
                "a long word after a short one",
                format!("ab {}", word(95)),
                vec![2, 90, 5],
            ),
            (
                "line breaks stay",
                "un\r\ndeux\n\ntrois".to_owned(),
                vec![2, 4, 5],
            ),
            ("tabs are spaces", "un\tdeux".to_owned(), vec![7]),
            (
                "a gap at the border",
                format!("{}   {}", word(89), word(3)),
                vec![89, 3],
            ),
        ] {
            assert_eq!(lengths(&text), expected, "{case}");
        }
    }

    #[test]
    fn no_word_is_lost() {
        let text = (1..=80)
            .map(|n| format!("mot{n}"))
            .collect::<Vec<_>>()
            .join(" ");
        assert!(lengths(&text).iter().all(|&n| n <= LINE_CHARACTERS_MAX));
        assert_eq!(pieces(&text).join(" "), text);
    }
}
