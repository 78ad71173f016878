//! Write to SQL, read from documents, correctly: the library
