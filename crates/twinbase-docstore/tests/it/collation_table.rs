//! The table of collations: one line per case: the manual's rule, the collation, the pipeline, what comes out.
//!
//! Each case is asked without an index, with indexes of its own collation, and with indexes of another one.

use bson::{Document, doc};
use twinbase_docstore::{Collation, Durability, IndexSpec, Options};

use crate::support::{Scratch, documents, fill, id_list, index};

#[test]
fn collations_follow_the_manual() {
    let (mut table, mut failures) = (Table::default(), Vec::new());
    for line in include_str!("tables/collation.txt").lines() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(rest) = line.strip_prefix("docs ") {
            table.fill(rest);
            continue;
        }
        let parts: Vec<&str> = line.split(" |").map(str::trim).collect();
        let [rule, collation, pipeline, expected] = parts[..] else {
            panic!("{line:?} has not four parts")
        };
        table.cases += 1;
        let own = parse(collation);
        for indexes in [
            Indexes::None,
            Indexes::Of(own.clone()),
            Indexes::Of(parse("fr 1")),
        ] {
            let found = table.ask(&indexes, own.as_ref(), pipeline);
            let right = match (expected.strip_prefix("error: "), &found) {
                (Some(text), Err(error)) => error.contains(text),
                (None, Ok(found)) if expected.starts_with('[') => *found == documents(expected),
                (None, Ok(found)) => id_list(found).join(" ") == expected,
                _ => false,
            };
            if !right {
                failures.push(format!(
                    "{rule}: {collation} {pipeline} with {indexes:?} is {found:?}, not {expected:?}"
                ));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(table.cases > 70, "the table was read: {}", table.cases);
}

/// Which indexes the collections have.
#[derive(Debug, Clone, PartialEq)]
enum Indexes {
    None,
    Of(Option<Collation>),
}

/// The collections that a case is asked of, with each of the indexes that were needed so far.
#[derive(Default)]
struct Table {
    collections: Vec<(String, Vec<Document>)>,
    stores: Vec<(Indexes, Scratch)>,
    cases: usize,
}

impl Table {
    fn fill(&mut self, line: &str) {
        let (name, json) = line.split_once(' ').unwrap();
        self.stores.clear();
        self.collections.retain(|(own, _)| own != name);
        self.collections.push((name.to_owned(), documents(json)));
    }

    fn store(&mut self, indexes: &Indexes) -> &Scratch {
        let at = self.stores.iter().position(|(own, _)| own == indexes);
        let at = at.unwrap_or_else(|| {
            let store = self.make(indexes);
            self.stores.push((indexes.clone(), store));
            self.stores.len() - 1
        });
        &self.stores[at].1
    }

    fn make(&self, indexes: &Indexes) -> Scratch {
        let mut options = Options::default();
        options.durability = Durability::ProcessCrash;
        let store = Scratch::with(options);
        for (name, documents) in &self.collections {
            if let Indexes::Of(collation) = indexes {
                let of = |name: &str, paths: &[&str]| IndexSpec {
                    collation: collation.clone(),
                    ..index(name, paths, false)
                };
                let specs = [of("who", &["who"]), of("n_id", &["n", "_id"])];
                store.ensure_collection(name, &specs).unwrap();
            }
            fill(&store, name, documents);
        }
        store
    }

    fn ask(
        &mut self,
        indexes: &Indexes,
        collation: Option<&Collation>,
        pipeline: &str,
    ) -> Result<Vec<Document>, String> {
        let store = self.store(indexes).collated(collation).unwrap();
        let mut stages = documents(pipeline);
        // Where nothing says in which order the documents come, by their ids.
        if !pipeline.contains("$sort") && !pipeline.contains("$bucket") {
            stages.push(doc! { "$sort": { "_id": 1 } });
        }
        let found = store.aggregate("c", &stages);
        found.map_err(|error| error.to_string())
    }
}

fn parse(text: &str) -> Option<Collation> {
    let (locale, strength) = text.split_once(' ')?;
    let document = doc! { "locale": locale, "strength": strength.parse::<i32>().unwrap() };
    Collation::parse(&document).unwrap()
}
