//! Vocabulary and traits of Twinbase: versions, events, documents, tokens, the two database sides
