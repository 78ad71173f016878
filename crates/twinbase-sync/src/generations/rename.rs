//! The collections that a pipeline names beside its own: people name logical ones, and the replica has physical ones.

use std::sync::Arc;

use bson::{Bson, Document};
use twinbase_core::{Registry, Schema};

use super::Generations;

impl Generations {
    /// Replaces each name by that of the collection which readers use. Returns whose names these are.
    pub(crate) fn rename(
        &self,
        pipeline: &mut [Document],
        registry: &Registry,
    ) -> Vec<Arc<Schema>> {
        let mut used = Vec::new();
        for stage in pipeline {
            self.rename_in(stage, registry, &mut used);
        }
        used
    }

    fn rename_in(&self, stage: &mut Document, registry: &Registry, used: &mut Vec<Arc<Schema>>) {
        let mut one = |name: &mut Bson| {
            let schema = name.as_str().and_then(|name| registry.by_collection(name));
            if let Some(schema) = schema {
                let serving = self.serving(schema);
                *name = serving.physical().into();
                used.push(serving);
            }
        };
        let mut inner = Vec::new();
        let Some(name) = stage.keys().next().cloned() else {
            return;
        };
        match (name.as_str(), stage.get_mut(&name)) {
            ("$lookup", Some(Bson::Document(spec))) => {
                spec.get_mut("from").map(&mut one);
                inner.extend(spec.get_mut("pipeline"));
            }
            ("$unionWith", Some(Bson::Document(spec))) => {
                spec.get_mut("coll").map(&mut one);
                inner.extend(spec.get_mut("pipeline"));
            }
            ("$unionWith", Some(name)) => one(name),
            ("$facet", Some(Bson::Document(facets))) => {
                inner.extend(facets.iter_mut().map(|(_, stages)| stages));
            }
            _ => {}
        }
        for stages in inner {
            let stages = stages.as_array_mut().into_iter().flatten();
            for stage in stages.filter_map(Bson::as_document_mut) {
                self.rename_in(stage, registry, used);
            }
        }
    }
}
